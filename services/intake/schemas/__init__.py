"""What requests and answers of intake look like; the OpenAPI document is made from these."""
