// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// sessionHazards are about how statements run: locks, timeouts, transactions.
var sessionHazards = []Hazard{
	{
		ID: DDLLockQueue, Category: Locking, Severity: Warning,
		Title:   "A waiting ALTER blocks everybody behind it",
		Why:     "While it waits for one idle reader, every later query of the table waits too.",
		Next:    "Use a short lock_timeout and try again.",
		Avoided: "Every strong lock is asked for under `lock_timeout` and asked for again, until `lock_deadline`; a long `lock_timeout` is lock_timeout_unsafe_value.",
	},
	{
		ID: BackfillUnbatched, Category: Scan, Severity: Error,
		Title:   "One UPDATE of all rows",
		Why:     "Row locks, WAL and bloat of the whole table in one transaction, and replicas lag behind.",
		Next:    "Fill in batches.",
		Avoided: "Rows are filled in batches.",
	},
	{
		ID: BackfillInDDLTransaction, Category: Locking, Severity: Error,
		Title:   "Rows are filled under ACCESS EXCLUSIVE",
		Why:     "The lock of the ALTER is kept until the last row is filled.",
		Next:    "Commit the ALTER first.",
		Avoided: "Each batch is a transaction of its own.",
	},
	{
		ID: StatementTimeoutMissing, Category: Locking, Severity: Warning,
		Title:   "A statement timeout does not fit its statement",
		Why:     "Without one a brief statement can run away; with one a proof or a build is killed in the middle.",
		Next:    "Give each step its own.",
		Avoided: "Each statement has the timeouts of its kind.",
	},
	{
		ID: LockTimeoutUnsafeValue, Category: Locking, Severity: Warning, Stages: []Stage{Validate},
		Title: "lock_timeout is long",
		Why:   "Everybody who queues behind the ALTER waits that long.",
		Next:  "Set it below a second or two.",
		When:  "`lock_timeout` of the provider is above 10 seconds",
	},
	{
		ID: IdleInTransactionUnbounded, Category: Locking, Severity: Info,
		Title:   "Sessions may stay idle in transaction",
		Why:     "They keep their locks, and DDL waits for them.",
		Next:    "Set idle_in_transaction_session_timeout.",
		Avoided: "The provider leaves no transaction open; transactions of others that are in the way are listed in the plan.",
	},
	{
		ID: SessionUnattributed, Category: Design, Severity: Info,
		Title:   "The session has no application_name",
		Why:     "Nobody can tell who blocks whom.",
		Next:    "Set application_name.",
		Avoided: "Each session has an `application_name`.",
	},
	{
		ID: WideLockWindow, Category: Locking, Severity: Warning,
		Title:   "One transaction locks several tables",
		Why:     "Deadlocks, and everybody waits for the slowest.",
		Next:    "One table in each transaction, parents before children.",
		Avoided: "One transaction locks one table, and those that its foreign keys tie to it; `operations` names them all.",
	},
	{
		ID: StatementAfterAccessExclusive, Category: Locking, Severity: Warning,
		Title:   "More work follows under ACCESS EXCLUSIVE",
		Why:     "The lock is kept until the end of the transaction.",
		Next:    "Commit at once.",
		Avoided: "Only statements that are instant share a transaction.",
	},
	{
		ID: MultipleAlterSameTable, Category: Scan, Severity: Info,
		Title:   "Several commands alter one table",
		Why:     "Each takes the lock again, and each may scan.",
		Next:    "Put instant subcommands into one command, but never NOT VALID and VALIDATE.",
		Avoided: "Instant changes share a transaction; NOT VALID and VALIDATE never do.",
	},
	{
		ID: DDLNotIdempotent, Category: DataDependent, Severity: Warning, Stages: []Stage{Plan},
		Title: "An object is there already",
		Why:   "A run that was interrupted leaves objects behind; taking one for done that is not the wanted one hides it for good.",
		Next:  "Compare its definition, never trust IF NOT EXISTS.",
		When:  "a new resource finds its object there, exactly as it is declared",
	},
	{
		ID: UnqualifiedReference, Category: Naming, Severity: Warning,
		Title:   "A name has no schema",
		Why:     "search_path decides what it means.",
		Next:    "Qualify it.",
		Avoided: "Every name in a statement has its schema, and every expression is in the words of the server.",
	},
	{
		ID: RawSQLUninspectable, Category: Dependency, Severity: Warning,
		Title:   "SQL of the configuration cannot be classified",
		Why:     "What it locks and rewrites is not known beforehand.",
		Next:    "Try it on an empty copy of the table.",
		Avoided: "Types and expressions are the only SQL of a configuration, and the server checks them at plan.",
	},
	{
		ID: PoolerSessionState, Category: Locking, Severity: Error, Stages: []Stage{Plan, Apply}, Fixed: true,
		Title: "The pooler changes sessions between statements",
		Why:   "Timeouts leak to others or vanish, and advisory locks are lost.",
		Next:  "Connect to the server itself, or to a session pool.",
		When:  "the connection goes through a pooler in transaction mode",
	},
}
