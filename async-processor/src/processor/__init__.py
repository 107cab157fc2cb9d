"""async-processor: carries out the operations that the API has stored."""
