"""A folder of files as a source, and the first description of one."""
