resource "pgphase_sequence" "document_no" {
  name  = "document_no"
  start = 100000
  cache = 20
}

# Invoices and credit notes share one series of numbers.
resource "pgphase_table" "invoices" {
  name = "invoices"
  columns = {
    number = { type = "bigint", nullable = false, default = "nextval('${pgphase_sequence.document_no.id}')" }
  }
  primary_key = { columns = ["number"] }
}

resource "pgphase_table" "credit_notes" {
  name = "credit_notes"
  columns = {
    number = { type = "bigint", nullable = false, default = "nextval('${pgphase_sequence.document_no.id}')" }
  }
  primary_key = { columns = ["number"] }
}
