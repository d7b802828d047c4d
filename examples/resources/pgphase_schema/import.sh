terraform import pgphase_schema.billing billing
