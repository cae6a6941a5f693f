"""Annotating archives: inputs in shards, tagged by many processes, with a ledger of what is done.

    inputs -> plan (shards of pieces) -> engine (workers, a shard each) -> part files and their records
           -> ledger -> totals

A shard's output depends on the model, the options and the shard alone: not on the engine, the number of
workers, or on what was stopped and gone on with.
"""
