"""What several files of tests share: models, data, and what is asked of them."""
