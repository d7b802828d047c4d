// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// The hazards, in the order of the documentation. What each one means is in
// the catalog.
const (
	// Tables: drop, truncate, replace.
	TableDropDeletesData         ID = "table_drop_deletes_data"
	TableDropBreaksClients       ID = "table_drop_breaks_clients"
	TableDropLocksReferenced     ID = "table_drop_locks_referenced"
	TableDropBlockedByDependents ID = "table_drop_blocked_by_dependents"
	DropCascadeCollateral        ID = "drop_cascade_collateral"
	SchemaDropDeletesData        ID = "schema_drop_deletes_data"
	TruncateDeletesData          ID = "truncate_deletes_data"
	TableCreateForceDrops        ID = "table_create_force_drops"
	ReplaceDestroysData          ID = "replace_destroys_data"
	ColumnSlotsExhausted         ID = "column_slots_exhausted"
	SequenceDropOrUntracked      ID = "sequence_drop_or_untracked"

	// Column drop.
	ColumnDropDeletesData          ID = "column_drop_deletes_data"
	ColumnDropBreaksClients        ID = "column_drop_breaks_clients"
	ColumnDropCollateralObjects    ID = "column_drop_collateral_objects"
	ColumnDropBlockedByDependents  ID = "column_drop_blocked_by_dependents"
	ColumnDropHiddenCodeDependency ID = "column_drop_hidden_code_dependency"
	ColumnDropLocksReferenced      ID = "column_drop_locks_referenced"

	// Rename.
	TableRenameBreaksClients     ID = "table_rename_breaks_clients"
	ColumnRenameBreaksClients    ID = "column_rename_breaks_clients"
	SchemaRenameBreaksClients    ID = "schema_rename_breaks_clients"
	NameReferencedByClients      ID = "name_referenced_by_clients"
	IndexRenameWrongVerb         ID = "index_rename_wrong_verb"
	EnumValueRenameBreaksClients ID = "enum_value_rename_breaks_clients"

	// Add column.
	DDLLockQueue                      ID = "ddl_lock_queue"
	ColumnAddVolatileDefaultRewrite   ID = "column_add_volatile_default_rewrite"
	ColumnDefaultVolatilityUnknown    ID = "column_default_volatility_unknown"
	ColumnAddSerialRewrite            ID = "column_add_serial_rewrite"
	ColumnAddIdentityRewrite          ID = "column_add_identity_rewrite"
	ColumnAddGeneratedStoredRewrite   ID = "column_add_generated_stored_rewrite"
	ColumnAddVirtualNotNullScan       ID = "column_add_virtual_notnull_scan"
	ColumnAddConstrainedDomainRewrite ID = "column_add_constrained_domain_rewrite"
	ColumnAddRequiredFails            ID = "column_add_required_fails"
	ColumnAddRequiredBreaksWriters    ID = "column_add_required_breaks_writers"
	ColumnAddInlineCheckScan          ID = "column_add_inline_check_scan"
	ColumnAddInlineUniqueOrPrimaryKey ID = "column_add_inline_unique_or_pk"
	ColumnAddInlineForeignKey         ID = "column_add_inline_fk"
	ColumnAddBreaksStarClients        ID = "column_add_breaks_star_clients"

	// Defaults, identity, generated expressions.
	ColumnDefaultChangePartialInserts ID = "column_default_change_partial_inserts"
	IdentitySequenceNotAdvanced       ID = "identity_sequence_not_advanced"
	GeneratedExpressionSetRewrite     ID = "generated_expression_set_rewrite"
	GeneratedExpressionDropFreezes    ID = "generated_expression_drop_freezes"

	// NOT NULL.
	ColumnSetNotNullScan           ID = "column_set_not_null_scan"
	NotNullProofInvalid            ID = "not_null_proof_invalid"
	NotNullNotValidMisread         ID = "not_null_not_valid_misread"
	ColumnSetNotNullFailsOnNulls   ID = "column_set_not_null_fails_on_nulls"
	ColumnSetNotNullBreaksWriters  ID = "column_set_not_null_breaks_writers"
	ColumnDropNotNullBreaksReaders ID = "column_drop_not_null_breaks_readers"
	ColumnDropNotNullBlocked       ID = "column_drop_not_null_blocked"

	// Column type, collation.
	ColumnTypeChangeRewrite             ID = "column_type_change_rewrite"
	ColumnTypeChangeIndexRebuild        ID = "column_type_change_index_rebuild"
	ColumnTypeChangeCheckRescan         ID = "column_type_change_check_rescan"
	ColumnTypeChangeForeignKeyRecheck   ID = "column_type_change_fk_recheck"
	ColumnTypeChangeTimezoneDependent   ID = "column_type_change_timezone_dependent"
	ColumnTypeNarrowingFails            ID = "column_type_narrowing_fails"
	ColumnTypeChangeBlockedByDependents ID = "column_type_change_blocked_by_dependents"
	ColumnTypeChangeBreaksClients       ID = "column_type_change_breaks_clients"
	ColumnTypeChangeDropsStatistics     ID = "column_type_change_drops_statistics"
	ColumnTypeDefaultUncastable         ID = "column_type_default_uncastable"
	ColumnTypeValueTranslation          ID = "column_type_value_translation"
	ColumnOrderDrift                    ID = "column_order_drift"

	// Constraints.
	CheckAddValidatingScan                   ID = "check_add_validating_scan"
	CheckAddFailsOnRows                      ID = "check_add_fails_on_rows"
	NotValidBlocksLegacyUpdates              ID = "not_valid_blocks_legacy_updates"
	ValidateWhileHoldingLock                 ID = "validate_while_holding_lock"
	ConstraintLeftNotValid                   ID = "constraint_left_not_valid"
	ForeignKeyAddValidatingScan              ID = "fk_add_validating_scan"
	ForeignKeyAddFailsOnOrphans              ID = "fk_add_fails_on_orphans"
	ForeignKeyNotValidUnsupportedPartitioned ID = "fk_not_valid_unsupported_partitioned"
	ForeignKeyAdoptPartitionLocksReferenced  ID = "fk_adopt_partition_locks_referenced"
	ForeignKeyMissingSupportingIndex         ID = "fk_missing_supporting_index"
	ForeignKeyTypeMismatch                   ID = "fk_type_mismatch"
	ForeignKeyManyTablesOneTransaction       ID = "fk_many_tables_one_transaction"
	ForeignKeyDropLosesIntegrity             ID = "fk_drop_loses_integrity"
	ConstraintDropWeakens                    ID = "constraint_drop_weakens"
	UniqueAddBuildsIndex                     ID = "unique_add_builds_index"
	UniqueAddFailsOnDuplicates               ID = "unique_add_fails_on_duplicates"
	UniqueUsingIndexIneligible               ID = "unique_using_index_ineligible"
	PrimaryKeyAddBuildsIndex                 ID = "pk_add_builds_index"
	PrimaryKeyAddImplicitNotNullScan         ID = "pk_add_implicit_not_null_scan"
	PrimaryKeyDropBreaksDependents           ID = "pk_drop_breaks_dependents"
	ExclusionAddNoOnlinePath                 ID = "exclusion_add_no_online_path"
	ConstraintEnforcementNoOnlinePath        ID = "constraint_enforcement_no_online_path"
	ConstraintUnnamed                        ID = "constraint_unnamed"
	DomainConstraintChangeScan               ID = "domain_constraint_change_scan"

	// Indexes.
	IndexCreateBlocksWrites          ID = "index_create_blocks_writes"
	IndexConcurrentlyInTransaction   ID = "index_concurrently_in_transaction"
	IndexInvalidLeftBehind           ID = "index_invalid_left_behind"
	IndexConcurrentWaitsOldSnapshots ID = "index_concurrent_waits_old_snapshots"
	IndexBuildLoad                   ID = "index_build_load"
	IndexDropExclusiveLock           ID = "index_drop_exclusive_lock"
	IndexDropDegradesQueries         ID = "index_drop_degrades_queries"
	IndexDropBlockedByConstraint     ID = "index_drop_blocked_by_constraint"
	IndexDropReplicaIdentity         ID = "index_drop_replica_identity"
	IndexPartitionedNoConcurrent     ID = "index_partitioned_no_concurrent"
	IndexPartitionedDropNoConcurrent ID = "index_partitioned_drop_no_concurrent"
	IndexReplaceGap                  ID = "index_replace_gap"
	ReindexBlocks                    ID = "reindex_blocks"
	IndexConcurrentCorruptionPG14    ID = "index_concurrent_corruption_pg14"
	IndexWideLowValue                ID = "index_wide_low_value"
	IndexHashDiscouraged             ID = "index_hash_discouraged"
	IndexRedundantOrTooMany          ID = "index_redundant_or_too_many"
	IndexBreaksHOTUpdates            ID = "index_breaks_hot_updates"
	IndexExpressionNeedsAnalyze      ID = "index_expression_needs_analyze"

	// Table options, storage.
	TableSetLoggedRewrite       ID = "table_set_logged_rewrite"
	TableSetAccessMethodRewrite ID = "table_set_access_method_rewrite"
	TableSetTablespaceCopy      ID = "table_set_tablespace_copy"
	TableRewriteMaintenance     ID = "table_rewrite_maintenance"
	TableOptionLock             ID = "table_option_lock"
	StorageChangeNotRetroactive ID = "storage_change_not_retroactive"
	ReplicaIdentityChange       ID = "replica_identity_change"
	TableWithoutReplicaIdentity ID = "table_without_replica_identity"
	OwnerChangeLock             ID = "owner_change_lock"
	AuthorizationChange         ID = "authz_change"

	// Partitions.
	PartitionAttachScan             ID = "partition_attach_scan"
	PartitionAttachDefaultScan      ID = "partition_attach_default_scan"
	PartitionAttachBuildsChildren   ID = "partition_attach_builds_children"
	PartitionCreateLocksParent      ID = "partition_create_locks_parent"
	PartitionDetachExclusive        ID = "partition_detach_exclusive"
	PartitionDetachConcurrentLimits ID = "partition_detach_concurrent_limits"

	// Triggers, views, functions used by expand/contract.
	TriggerCreateBlocksWrites   ID = "trigger_create_blocks_writes"
	TriggerDropExclusive        ID = "trigger_drop_exclusive"
	ViewDependencyFreezesColumn ID = "view_dependency_freezes_column"
	CompatViewLimits            ID = "compat_view_limits"
	MatviewRefreshBlocks        ID = "matview_refresh_blocks"

	// Enums and types.
	EnumAddValueInTransaction ID = "enum_add_value_in_transaction"
	EnumAddValueUnordered     ID = "enum_add_value_unordered"
	EnumDiscouraged           ID = "enum_discouraged"

	// Data movement and session safety.
	BackfillUnbatched             ID = "backfill_unbatched"
	BackfillInDDLTransaction      ID = "backfill_in_ddl_transaction"
	DMLWithoutWhere               ID = "dml_without_where"
	StatementTimeoutMissing       ID = "statement_timeout_missing"
	LockTimeoutUnsafeValue        ID = "lock_timeout_unsafe_value"
	IdleInTransactionUnbounded    ID = "idle_in_transaction_unbounded"
	SessionUnattributed           ID = "session_unattributed"
	WideLockWindow                ID = "wide_lock_window"
	StatementAfterAccessExclusive ID = "statement_after_access_exclusive"
	MultipleAlterSameTable        ID = "multiple_alter_same_table"
	DDLNotIdempotent              ID = "ddl_not_idempotent"
	UnqualifiedReference          ID = "unqualified_reference"
	RawSQLUninspectable           ID = "raw_sql_uninspectable"
	PoolerSessionState            ID = "pooler_session_state"

	// Replication.
	LogicalSubscriberMissingColumn ID = "logical_subscriber_missing_column"
	LogicalSubscriberStricter      ID = "logical_subscriber_stricter"
	LogicalRewriteNotReplicated    ID = "logical_rewrite_not_replicated"
	PublicationDefinitionBlocks    ID = "publication_definition_blocks"
	StandbyQueryCancelled          ID = "standby_query_cancelled"
	RewriteWALAndLag               ID = "rewrite_wal_and_lag"

	// Naming and design advice.
	IdentifierTruncated      ID = "identifier_truncated"
	IdentifierDuplicate      ID = "identifier_duplicate"
	NamingPolicy             ID = "naming_policy"
	DesignCharType           ID = "design_char_type"
	DesignVarcharLimit       ID = "design_varchar_limit"
	DesignTimestampWithoutTZ ID = "design_timestamp_without_tz"
	DesignShortInteger       ID = "design_short_integer"
	DesignSerial             ID = "design_serial"
	DesignJSONType           ID = "design_json_type"
	DesignColumnAlignment    ID = "design_column_alignment"
	DesignTableTooLarge      ID = "design_table_too_large"
)
