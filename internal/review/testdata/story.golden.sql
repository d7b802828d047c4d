-- What the plan runs. To be read: terraform apply runs it with timeouts and retries,
-- and the statement of a backfill once for each range of blocks, from $1 to $2.

-- pgphase_table.legacy is destroyed

-- 1. Drops for good, under ACCESS EXCLUSIVE on public.legacy (stops reads and writes)
DROP TABLE public.legacy;

-- pgphase_table.users is changed (contract)

-- 1. Contract: drops for good, under ACCESS EXCLUSIVE on public.users (stops reads and writes)
BEGIN;
ALTER TABLE public.users DROP COLUMN fax;
UPDATE pgphase.transitions SET contracted_at = now() WHERE name = 'pgphase_public_users_fax_removal_11fcf52e';
DELETE FROM pgphase.progress WHERE transition = 'pgphase_public_users_fax_removal_11fcf52e';
COMMIT;

-- pgphase_table.customers is changed (expand, migrate)

-- 1. Expand: instant, catalog only, under ACCESS EXCLUSIVE on public.customers (stops reads and writes)
BEGIN;
ALTER TABLE public.customers ADD COLUMN display_name text;
CREATE SEQUENCE pgphase.pgphase_public_customers_display_name_transition_a06b7fe4;
COMMENT ON SEQUENCE pgphase.pgphase_public_customers_display_name_transition_a06b7fe4 IS 'pgphase: counts writes to public.customers by code that knows only nickname';
GRANT USAGE ON SEQUENCE pgphase.pgphase_public_customers_display_name_transition_a06b7fe4 TO PUBLIC;
CREATE FUNCTION pgphase.pgphase_public_customers_display_name_transition_a06b7fe4() RETURNS trigger
    LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $pgphase$
#variable_conflict use_column
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.display_name IS NULL THEN
            IF NEW.nickname IS NOT NULL THEN
                PERFORM nextval('pgphase.pgphase_public_customers_display_name_transition_a06b7fe4'::regclass);
            END IF;
            NEW.display_name := NEW.nickname;
        ELSE
            -- Unless the writer has set the old side as well.
            IF NEW.nickname IS NULL THEN
                NEW.nickname := NEW.display_name;
            END IF;
        END IF;
    ELSIF OLD.nickname::text IS DISTINCT FROM NEW.nickname::text THEN
        IF NOT (OLD.display_name::text IS DISTINCT FROM NEW.display_name::text) THEN
            -- Written by code that knows only the old side.
            PERFORM nextval('pgphase.pgphase_public_customers_display_name_transition_a06b7fe4'::regclass);
            NEW.display_name := NEW.nickname;
        END IF;
    ELSIF OLD.display_name::text IS DISTINCT FROM NEW.display_name::text THEN
        -- Written by code that knows only the new side.
        NEW.nickname := NEW.display_name;
    ELSE
        -- The row has not been migrated.
        NEW.display_name := NEW.nickname;
    END IF;
    RETURN NEW;
END$pgphase$;
CREATE TRIGGER "~pgphase_display_name_dual_write_c3d824c5_insert_2bb6b491"
    BEFORE INSERT ON public.customers
    FOR EACH ROW
    EXECUTE FUNCTION pgphase.pgphase_public_customers_display_name_transition_a06b7fe4();
CREATE TRIGGER "~pgphase_display_name_dual_write_c3d824c5"
    BEFORE UPDATE ON public.customers
    FOR EACH ROW WHEN ((OLD.nickname::text IS DISTINCT FROM NEW.nickname::text OR OLD.display_name::text IS DISTINCT FROM NEW.display_name::text OR NEW.display_name IS NULL AND NEW.nickname IS NOT NULL)
        AND pg_catalog.current_setting('pgphase.backfill', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION pgphase.pgphase_public_customers_display_name_transition_a06b7fe4();
COMMENT ON TRIGGER "~pgphase_display_name_dual_write_c3d824c5" ON public.customers IS 'pgphase: keeps nickname and display_name in step until contract
{"name":"pgphase_public_customers_display_name_transition_a06b7fe4","kind":"column replaced","table":{"schema":"public","name":"customers"},"phase":"expand","old":["nickname"],"new":["display_name"],"up":{"display_name":"nickname"},"down":{"nickname":"display_name"},"trigger":"~pgphase_display_name_dual_write_c3d824c5","function":{"schema":"pgphase","name":"pgphase_public_customers_display_name_transition_a06b7fe4"},"counter":{"schema":"pgphase","name":"pgphase_public_customers_display_name_transition_a06b7fe4"}}';
INSERT INTO pgphase.transitions AS t (name, kind, table_schema, table_name, phase, definition, counter, migrated_at)
VALUES ('pgphase_public_customers_display_name_transition_a06b7fe4', 'column replaced', 'public', 'customers', 'expand', '{"name":"pgphase_public_customers_display_name_transition_a06b7fe4","kind":"column replaced","table":{"schema":"public","name":"customers"},"phase":"expand","old":["nickname"],"new":["display_name"],"up":{"display_name":"nickname"},"down":{"nickname":"display_name"},"trigger":"~pgphase_display_name_dual_write_c3d824c5","function":{"schema":"pgphase","name":"pgphase_public_customers_display_name_transition_a06b7fe4"},"counter":{"schema":"pgphase","name":"pgphase_public_customers_display_name_transition_a06b7fe4"}}', 'pgphase.pgphase_public_customers_display_name_transition_a06b7fe4', NULL)
ON CONFLICT (name) DO UPDATE SET
    kind = excluded.kind, table_schema = excluded.table_schema, table_name = excluded.table_name,
    phase = excluded.phase, definition = excluded.definition, counter = excluded.counter,
    expanded_at = CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN t.expanded_at ELSE excluded.expanded_at END,
    migrated_at = CASE WHEN excluded.migrated_at IS NULL THEN NULL ELSE
        coalesce(CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN t.migrated_at END, excluded.migrated_at) END,
    looked_at = CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN t.looked_at ELSE excluded.looked_at END,
    writes_seen = CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN t.writes_seen ELSE excluded.writes_seen END,
    started_by = CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN t.started_by ELSE excluded.started_by END,
    contracted_at = NULL, rolled_back_at = NULL;
COMMIT;

-- 2. Migrate: updates rows in batches, under ROW EXCLUSIVE on public.customers
UPDATE ONLY public.customers SET display_name = nickname
WHERE ctid >= $1::tid AND ctid < $2::tid AND display_name IS NULL AND nickname IS NOT NULL;

-- 3. Migrate: instant, catalog only, under ACCESS EXCLUSIVE on public.customers (stops reads and writes)
ALTER TABLE public.customers ADD CONSTRAINT customers_display_name_not_null NOT NULL display_name NOT VALID;

-- 4. Migrate: scans the table, under SHARE UPDATE EXCLUSIVE on public.customers
ALTER TABLE public.customers VALIDATE CONSTRAINT customers_display_name_not_null;

-- 5. Migrate: instant, catalog only
UPDATE pgphase.transitions SET phase = 'migrate', migrated_at = now(),
    definition = pg_catalog.jsonb_set(definition, '{phase}', pg_catalog.to_jsonb('migrate'::text)),
    looked_at = now(), writes_seen = coalesce(pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(counter)), 0)
WHERE name = 'pgphase_public_customers_display_name_transition_a06b7fe4';

-- pgphase_table.orders is changed

-- 1. Instant: catalog only, under ACCESS EXCLUSIVE on public.orders (stops reads and writes)
BEGIN;
ALTER TABLE public.orders ADD COLUMN currency text;
COMMENT ON COLUMN public.orders.currency IS 'pgphase: rows that existed before this column are still to be filled';
ALTER TABLE public.orders ALTER COLUMN currency SET DEFAULT 'EUR'::text;
COMMIT;

-- 2. Updates rows in batches, under ROW EXCLUSIVE on public.orders
UPDATE ONLY public.orders SET currency = CASE country WHEN 'US' THEN 'USD' ELSE 'EUR' END
WHERE ctid >= $1::tid AND ctid < $2::tid AND currency IS NULL;

-- 3. Updates rows in batches: those written since the first pass, under ROW EXCLUSIVE on public.orders
UPDATE ONLY public.orders SET currency = CASE country WHEN 'US' THEN 'USD' ELSE 'EUR' END
WHERE ctid >= $1::tid AND ctid < $2::tid AND currency IS NULL;

-- 4. Instant: catalog only, under ACCESS EXCLUSIVE on public.orders (stops reads and writes)
ALTER TABLE public.orders ADD CONSTRAINT orders_currency_not_null NOT NULL currency NOT VALID;

-- 5. Updates rows in batches: those written since the first pass, under ROW EXCLUSIVE on public.orders
UPDATE ONLY public.orders SET currency = CASE country WHEN 'US' THEN 'USD' ELSE 'EUR' END
WHERE ctid >= $1::tid AND ctid < $2::tid AND currency IS NULL;

-- 6. Scans the table, under SHARE UPDATE EXCLUSIVE on public.orders
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_currency_not_null;

-- 7. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public.orders
COMMENT ON COLUMN public.orders.currency IS NULL;

-- 8. Instant: catalog only, under ACCESS EXCLUSIVE on public.orders (stops reads and writes)
ALTER TABLE public.orders ADD CONSTRAINT orders_country_check CHECK (country <> ''::text) NOT VALID;

-- 9. Scans the table, under SHARE UPDATE EXCLUSIVE on public.orders
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_country_check;

-- pgphase_index.orders_user is changed (expand, migrate, contract)

-- 1. Expand: builds an index, under SHARE UPDATE EXCLUSIVE on public.orders
CREATE INDEX CONCURRENTLY pgphase_public_orders_user_idx_new_51ead07a ON public.orders USING btree (user_id, placed_at DESC);

-- 2. Migrate: instant, catalog only
BEGIN;
ALTER INDEX public.orders_user_idx RENAME TO pgphase_public_orders_user_idx_old_69e343da;
ALTER INDEX public.pgphase_public_orders_user_idx_new_51ead07a RENAME TO orders_user_idx;
COMMIT;

-- 3. Contract: instant, catalog only, under SHARE UPDATE EXCLUSIVE on public.orders
DROP INDEX CONCURRENTLY public.pgphase_public_orders_user_idx_old_69e343da;

-- pgphase_foreign_key.orders_user is created

-- 1. Instant: catalog only, under SHARE ROW EXCLUSIVE on public.orders (stops writes); SHARE ROW EXCLUSIVE on public.users (stops writes)
ALTER TABLE public.orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) NOT VALID;

-- 2. Scans the table, under SHARE UPDATE EXCLUSIVE on public.orders; ROW SHARE on public.users
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_user_fkey;

-- pgphase_table.coupons is created

-- 1. Creates a new table
CREATE TABLE public.coupons (
    code text NOT NULL,
    percent smallint NOT NULL,
    CONSTRAINT coupons_pkey PRIMARY KEY (code)
);
