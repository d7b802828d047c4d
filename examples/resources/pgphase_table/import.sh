terraform import pgphase_table.users public.users
