# Names that would leave their place in Markdown, HTML, SQL comments or a workflow.
locals {
  names = toset([
    "</details><script>alert(1)</script>",
    "a|b`c``d",
    "two\nlines -- ;",
    "[x](javascript:alert(1)) @everyone #1",
    "-->\"]]>",
  ])
}

resource "pgphase_table" "odd" {
  for_each    = local.names
  name        = each.key
  columns     = { id = { type = "bigint" }, (each.key) = { type = "text", comment = each.key } }
  primary_key = { columns = ["id"] }
  checks      = { (each.key) = { expression = "id > 0 AND '</pre>\n```\n<img src=x onerror=alert(1)>' <> ''" } }
}
