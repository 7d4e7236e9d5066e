"""The compositional adapter: a text model that answers and describes an image, and an image model that draws it."""
