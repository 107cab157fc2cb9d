"""Who calls, what a call needs, and what a role allows: IAM for the functions of the local stack."""
