resource "pgphase_schema" "my_app" {
  name    = "My app"
  comment = "it's $${ours}"
}

resource "pgphase_schema" "other" {
  name = "other"
}

resource "pgphase_enum" "my_app_mood" {
  schema  = pgphase_schema.my_app.name
  name    = "Mood"
  values  = ["sad", "o'k", "%%{x}"]
  comment = "how people feel"
}

resource "pgphase_enum" "mood" {
  name   = "mood"
  values = []
}

resource "pgphase_sequence" "numbers" {
  name = "numbers"
}

resource "pgphase_sequence" "it_s_odd_" {
  schema    = pgphase_schema.my_app.name
  name      = "It's \"odd\""
  type      = "smallint"
  start     = 5
  increment = -1
  cycle     = true
  comment   = "odd"
}

resource "pgphase_sequence" "it_s" {
  name = "it's"
}

resource "pgphase_table" "people" {
  schema = pgphase_schema.my_app.name
  name   = "people"
  columns = {
    mood      = { type = pgphase_enum.my_app_mood.id, nullable = false, default = "'sad'" }
    moods     = { type = "${pgphase_enum.my_app_mood.id}[]", nullable = false }
    elsewhere = { type = "gone.mood", nullable = false }
    bad       = { type = "public.bad", nullable = false }
    number    = { type = "bigint", nullable = false, default = "nextval('${pgphase_sequence.numbers.id}'::regclass)" }
    label = {
      type     = "text"
      nullable = false
      default  = "'$${n}'::text || nextval('${pgphase_sequence.numbers.id}'::regclass)"
    }
    odd   = { type = "bigint", nullable = false, default = "nextval('public.\"it''s\"'::regclass)" }
    other = { type = "bigint", nullable = false, default = "nextval('public.others'::regclass)" }
  }
}

import {
  to = pgphase_schema.my_app
  id = "\"My app\""
}

import {
  to = pgphase_schema.other
  id = "other"
}

import {
  to = pgphase_enum.my_app_mood
  id = "\"My app\".\"Mood\""
}

import {
  to = pgphase_enum.mood
  id = "public.mood"
}

import {
  to = pgphase_sequence.numbers
  id = "public.numbers"
}

import {
  to = pgphase_sequence.it_s_odd_
  id = "\"My app\".\"It's \"\"odd\"\"\""
}

import {
  to = pgphase_sequence.it_s
  id = "public.\"it's\""
}

import {
  to = pgphase_table.people
  id = "\"My app\".people"
}
