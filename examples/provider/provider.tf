terraform {
  required_providers {
    pgphase = {
      source = "pgphase/pgphase"
    }
  }
}

provider "pgphase" {
  # What is not set here comes from PGHOST, PGUSER, PGPASSWORD and the other variables that psql uses.
  url = var.database_url

  lock_timeout  = "500ms" # how long others may have to wait for one attempt
  lock_deadline = "10m"   # when to give up, and to say who was in the way
}

variable "database_url" {
  type      = string
  sensitive = true
}
