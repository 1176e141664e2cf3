"""Files and vector stores: kept, indexed, searched, and gone when their time is over."""
