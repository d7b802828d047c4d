terraform import pgphase_column.plan public.accounts.plan
