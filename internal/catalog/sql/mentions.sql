-- Functions whose text has one of the names $3, on which nothing depends in
-- pg_depend: bodies are text to the server, save those of BEGIN ATOMIC. Names
-- of columns are common words, so the text also has to name the table $1.$2, or
-- the function has to be a trigger of it.
WITH target AS (
	SELECT c.oid
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE n.nspname = $1::text AND c.relname = $2::text
),
source AS (
	SELECT p.oid, lower(p.prosrc) AS text
	FROM pg_catalog.pg_proc AS p
	JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
	JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
	WHERE p.prosqlbody IS NULL AND l.lanname NOT IN ('internal', 'c')
	AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pgphase')
	AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_depend AS d
		WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	)
),
word (name, pattern) AS (
	-- A name of other characters than letters, digits and underscores has no
	-- boundaries to look for.
	SELECT name, CASE WHEN name ~ '^\w+$' THEN '\m' || lower(name) || '\M' END
	FROM (SELECT $2::text UNION SELECT jsonb_array_elements_text($3::jsonb)) AS named (name)
),
mention AS (
	SELECT source.oid, word.name
	FROM source
	JOIN word ON CASE WHEN word.pattern IS NULL THEN strpos(source.text, lower(word.name)) > 0 ELSE source.text ~ word.pattern END
)
SELECT row_to_json(r)
FROM (
	SELECT DISTINCT (pg_identify_object('pg_catalog.pg_proc'::regclass, mention.oid, 0)).identity AS function
	FROM mention
	WHERE mention.name IN (SELECT jsonb_array_elements_text($3::jsonb))
	AND (
		EXISTS (SELECT FROM mention AS other WHERE other.oid = mention.oid AND other.name = $2::text)
		OR EXISTS (SELECT FROM pg_catalog.pg_trigger AS t JOIN target ON t.tgrelid = target.oid WHERE t.tgfoid = mention.oid)
	)
	ORDER BY 1
) AS r
