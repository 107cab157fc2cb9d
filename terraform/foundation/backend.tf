# The state lies in the bucket that this configuration makes. The first apply, when there is no bucket yet, keeps it
# in a local file; terraform/README.md, "A fresh account", says how it is moved.
terraform {
  backend "s3" {}
}
