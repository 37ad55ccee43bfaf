"""Function views. A form goes in, a page or a document comes out."""
