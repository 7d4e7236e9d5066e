"""Tables from stored runs and from table documents."""
