"""Files of strangers are parsed and decoded in processes of their own; values alone come back.

`pool` keeps the processes, `child` is what runs in them, `limits` what they may not do, `wire` how
values cross: as JSON, checked against the types they must have, and pixels in shared memory. No
pickle crosses, and nothing here imports pydicom but the child.
"""
