resource "pgphase_table" "order_lines" {
  schema  = "Shop"
  name    = "Order lines"
  comment = "What is in an order.\nNot what was paid."
  columns = {
    id = {
      type     = "bigint"
      identity = "always"
      sequence = { start = 100, increment = 5, max_value = 9223372036854775806, cycle = true }
    }
    "user id" = { type = "integer" }
    state     = { type = "public.order_state", nullable = false, default = "'new'" }
    at        = { type = "timestamptz(3)", nullable = false, default = "now()", statistics = 500 }
    note = {
      type        = "varchar(40)"
      collation   = "\"C\""
      compression = "lz4"
      storage     = "external"
      comment     = "a \"quoted\" $${comment}"
    }
    gone   = { type = "text" }
    total  = { type = "numeric(10,2)", generated = { expression = "price * (amount)::numeric" } }
    seen   = { type = "text", generated = { expression = "lower(note)", kind = "virtual" } }
    "null" = { type = "boolean", default = "true" }
  }
  primary_key = { name = "order_lines_pk", columns = ["id"], include = ["at"], options = { fillfactor = 90 } }
  unique = {
    a_key = { columns = ["note"] }
    z_key = {
      columns            = ["user id", "at"]
      nulls_not_distinct = true
      deferrable         = true
      initially_deferred = true
      tablespace         = "fast"
      comment            = "once"
    }
  }
  checks = {
    cases = {
      expression = <<-SQL
        CASE
            WHEN (total IS NULL) THEN true
            ELSE (total > (0)::numeric)
        END
      SQL
      comment    = "a case"
    }
    long = {
      expression = <<-SQL
        (state = 'new'::public.order_state)
        OR ((state = 'sent'::public.order_state) AND (at IS NOT NULL))
        OR (note ~~ '%%{x}'::text)
      SQL
      not_valid  = true
    }
    short = { expression = "total > (0)::numeric", no_inherit = true }
  }
  exclusions = {
    no_overlap = {
      elements = [{ column = "user id", operator = "=" }, { expression = "tstzrange(at, at)", operator = "&&" }]
      where    = "note IS NOT NULL"
    }
  }
  options = {
    autovacuum_analyze_scale_factor = "0.10"
    autovacuum_vacuum_scale_factor  = 0.05
    fillfactor                      = 80
    "toast.autovacuum_enabled"      = false
  }
}

resource "pgphase_index" "by_note" {
  table  = pgphase_table.order_lines.id
  name   = "by note"
  method = "gin"
  keys = [
    {
      expression             = "lower(note)"
      collation              = "public.\"German\""
      operator_class         = "public.gist_trgm_ops"
      operator_class_options = { siglen = "32" }
    },
    { column = "at", order = "desc", nulls = "last" },
    { column = "id", nulls = "first" },
  ]
  include            = ["at"]
  where              = "gone IS NULL"
  unique             = true
  nulls_not_distinct = true
  options            = { fastupdate = false }
  tablespace         = "fast"
  comment            = "for the search"
}

resource "pgphase_foreign_key" "elsewhere" {
  table      = pgphase_table.order_lines.id
  name       = "elsewhere"
  columns    = ["id"]
  references = { table = "public.\"not generated\"", columns = ["id"] }
}

resource "pgphase_foreign_key" "order_lines_fk" {
  table             = pgphase_table.order_lines.id
  name              = "fk"
  columns           = ["user id"]
  references        = { table = pgphase_table.users.id, columns = ["id"] }
  match             = "full"
  on_delete         = "set null"
  on_delete_columns = ["user id"]
  on_update         = "cascade"
  deferrable        = true
  not_valid         = true
  comment           = "whose"
}

resource "pgphase_table" "other_users" {
  schema = "other"
  name   = "users"
  columns = {
    id = { type = "integer", nullable = false }
  }
}

resource "pgphase_table" "events" {
  name = "events"
  columns = {
    at = { type = "date", nullable = false }
  }
  partition_by = { strategy = "range", keys = [{ column = "at" }, { expression = "lower(kind)", collation = "\"C\"" }] }
}

resource "pgphase_table" "events_1" {
  name         = "events_1"
  partition_of = { table = pgphase_table.events.id, bound = "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')" }
  checks = {
    own = { expression = "at IS NOT NULL" }
  }
  partition_by = { strategy = "list", keys = [{ column = "at" }] }
}

resource "pgphase_index" "own" {
  table = pgphase_table.events_1.id
  name  = "own"
  keys  = [{ column = "at" }]
}

resource "pgphase_table" "a_default" {
  name         = "a_default"
  partition_of = { table = pgphase_table.events_1.id, bound = "DEFAULT" }
}

resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id = { type = "integer", default = "nextval('public.users_id_seq'::regclass)" }
  }
  primary_key      = { columns = ["id"] }
  unlogged         = true
  tablespace       = "fast"
  replica_identity = { mode = "index", index = "users_id" }
}

resource "pgphase_index" "users_id" {
  table  = pgphase_table.users.id
  name   = "users_id"
  keys   = [{ column = "id" }]
  unique = true
}

resource "pgphase_foreign_key" "users_fk" {
  table      = pgphase_table.users.id
  name       = "fk"
  columns    = ["id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
}

import {
  to = pgphase_table.order_lines
  id = "\"Shop\".\"Order lines\""
}

import {
  to = pgphase_index.by_note
  id = "\"Shop\".\"by note\""
}

import {
  to = pgphase_foreign_key.elsewhere
  id = "\"Shop\".\"Order lines\".elsewhere"
}

import {
  to = pgphase_foreign_key.order_lines_fk
  id = "\"Shop\".\"Order lines\".fk"
}

import {
  to = pgphase_table.other_users
  id = "other.users"
}

import {
  to = pgphase_table.events
  id = "public.events"
}

import {
  to = pgphase_table.events_1
  id = "public.events_1"
}

import {
  to = pgphase_index.own
  id = "public.own"
}

import {
  to = pgphase_table.a_default
  id = "public.a_default"
}

import {
  to = pgphase_table.users
  id = "public.users"
}

import {
  to = pgphase_index.users_id
  id = "public.users_id"
}

import {
  to = pgphase_foreign_key.users_fk
  id = "public.users.fk"
}
