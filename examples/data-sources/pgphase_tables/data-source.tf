data "pgphase_tables" "all" {
  schema = "public"
}

data "pgphase_table" "each" {
  for_each = toset(data.pgphase_tables.all.ids)
  id       = each.value
}

output "largest_table" {
  value = try(reverse(sort([for t in data.pgphase_table.each : format("%020d %s", t.size, t.id)]))[0], null)
}
