"""The ports on AWS. The only boto3 in the library, with one table from foreign errors to ours."""
