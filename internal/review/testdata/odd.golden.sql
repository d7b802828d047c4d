-- What the plan runs. To be read: terraform apply runs it with timeouts and retries,
-- and the statement of a backfill once for each range of blocks, from $1 to $2.

-- pgphase_table.odd["-->\"]]>"] is changed

-- 1. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public."-->""]]>"
COMMENT ON COLUMN public."-->""]]>"."-->""]]>" IS '-->"]]>';

-- 2. Instant: catalog only, under ACCESS EXCLUSIVE on public."-->""]]>" (stops reads and writes)
ALTER TABLE public."-->""]]>" ADD CONSTRAINT "-->""]]>" CHECK ((id > 0) AND ('</pre>
```
<img src=x onerror=alert(1)>'::text <> ''::text)) NOT VALID;

-- 3. Scans the table, under SHARE UPDATE EXCLUSIVE on public."-->""]]>"
ALTER TABLE public."-->""]]>" VALIDATE CONSTRAINT "-->""]]>";

-- pgphase_table.odd["</details><script>alert(1)</script>"] is changed

-- 1. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public."</details><script>alert(1)</script>"
COMMENT ON COLUMN public."</details><script>alert(1)</script>"."</details><script>alert(1)</script>" IS '</details><script>alert(1)</script>';

-- 2. Instant: catalog only, under ACCESS EXCLUSIVE on public."</details><script>alert(1)</script>" (stops reads and writes)
ALTER TABLE public."</details><script>alert(1)</script>" ADD CONSTRAINT "</details><script>alert(1)</script>" CHECK ((id > 0) AND ('</pre>
```
<img src=x onerror=alert(1)>'::text <> ''::text)) NOT VALID;

-- 3. Scans the table, under SHARE UPDATE EXCLUSIVE on public."</details><script>alert(1)</script>"
ALTER TABLE public."</details><script>alert(1)</script>" VALIDATE CONSTRAINT "</details><script>alert(1)</script>";

-- pgphase_table.odd["[x](javascript:alert(1)) @everyone #1"] is changed

-- 1. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public."[x](javascript:alert(1)) @everyone #1"
COMMENT ON COLUMN public."[x](javascript:alert(1)) @everyone #1"."[x](javascript:alert(1)) @everyone #1" IS '[x](javascript:alert(1)) @everyone #1';

-- 2. Instant: catalog only, under ACCESS EXCLUSIVE on public."[x](javascript:alert(1)) @everyone #1" (stops reads and writes)
ALTER TABLE public."[x](javascript:alert(1)) @everyone #1" ADD CONSTRAINT "[x](javascript:alert(1)) @everyone #1" CHECK ((id > 0) AND ('</pre>
```
<img src=x onerror=alert(1)>'::text <> ''::text)) NOT VALID;

-- 3. Scans the table, under SHARE UPDATE EXCLUSIVE on public."[x](javascript:alert(1)) @everyone #1"
ALTER TABLE public."[x](javascript:alert(1)) @everyone #1" VALIDATE CONSTRAINT "[x](javascript:alert(1)) @everyone #1";

-- pgphase_table.odd["a|b`c``d"] is changed

-- 1. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public."a|b`c``d"
COMMENT ON COLUMN public."a|b`c``d"."a|b`c``d" IS 'a|b`c``d';

-- 2. Instant: catalog only, under ACCESS EXCLUSIVE on public."a|b`c``d" (stops reads and writes)
ALTER TABLE public."a|b`c``d" ADD CONSTRAINT "a|b`c``d" CHECK ((id > 0) AND ('</pre>
```
<img src=x onerror=alert(1)>'::text <> ''::text)) NOT VALID;

-- 3. Scans the table, under SHARE UPDATE EXCLUSIVE on public."a|b`c``d"
ALTER TABLE public."a|b`c``d" VALIDATE CONSTRAINT "a|b`c``d";

-- pgphase_table.odd["two\nlines -- ;"] is changed

-- 1. Instant: catalog only, under SHARE UPDATE EXCLUSIVE on public."two⏎lines -- ;"
COMMENT ON COLUMN public."two
lines -- ;"."two
lines -- ;" IS 'two
lines -- ;';

-- 2. Instant: catalog only, under ACCESS EXCLUSIVE on public."two⏎lines -- ;" (stops reads and writes)
ALTER TABLE public."two
lines -- ;" ADD CONSTRAINT "two
lines -- ;" CHECK ((id > 0) AND ('</pre>
```
<img src=x onerror=alert(1)>'::text <> ''::text)) NOT VALID;

-- 3. Scans the table, under SHARE UPDATE EXCLUSIVE on public."two⏎lines -- ;"
ALTER TABLE public."two
lines -- ;" VALIDATE CONSTRAINT "two
lines -- ;";
