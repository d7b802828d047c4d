-- Publications of the tables $1: by name, by schema (since 15), or of all
-- tables. A partition is published with its ancestors as well.
SELECT row_to_json(r)
FROM (
	SELECT c.oid::int8 AS "table", json_agg(DISTINCT p.pubname::text) AS publications
	FROM pg_catalog.pg_class AS c
	CROSS JOIN LATERAL (
		SELECT c.oid AS relid
		UNION
		SELECT ancestor.relid FROM pg_partition_ancestors(c.oid) AS ancestor (relid)
	) AS published
	JOIN pg_catalog.pg_class AS pc ON pc.oid = published.relid
	JOIN pg_catalog.pg_publication AS p
		ON p.puballtables AND c.relpersistence = 'p'
		OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS pr
			WHERE pr.prpubid = p.oid AND pr.prrelid = published.relid)
{{- if ge .Version 150000}}
		OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS pn
			WHERE pn.pnpubid = p.oid AND pn.pnnspid = pc.relnamespace)
{{- end}}
	WHERE c.oid = ANY ($1::oid[])
	GROUP BY c.oid
) AS r
