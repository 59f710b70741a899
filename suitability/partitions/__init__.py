"""Scan of any size, partition by partition, in processes or on Dask."""
