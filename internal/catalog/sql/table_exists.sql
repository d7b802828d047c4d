-- Whether the table with the oid $1 is there still.
SELECT row_to_json(r)
FROM (SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = $1::text::oid) AS exists) AS r
