"""The table agrees with numpy, and with what an unmodified client believes."""

from __future__ import annotations

import numpy as np
import pytest
from tritonclient.utils import np_to_triton_dtype, triton_to_np_dtype

from millrace.protocol.datatypes import BY_NAME, BY_NUMPY, Datatype


@pytest.mark.parametrize("row", BY_NAME.values(), ids=lambda row: row.name)
def test_a_row_is_what_numpy_and_the_client_say(row: Datatype) -> None:
    dtype = np.dtype(row.numpy)
    assert BY_NUMPY[dtype.name] is row
    assert np_to_triton_dtype(dtype) == row.name
    assert np.dtype(triton_to_np_dtype(row.name)) == dtype
    if row.low is not None:
        assert (row.low, row.high) == (np.iinfo(dtype).min, np.iinfo(dtype).max)
