# The table belongs to somebody else: another configuration, another tool. Only
# this column of it is managed here.
resource "pgphase_column" "plan" {
  table    = "public.accounts"
  name     = "plan"
  type     = "text"
  nullable = false
  default  = "'free'"
  backfill = "CASE WHEN paid THEN 'pro' ELSE 'free' END"
}
