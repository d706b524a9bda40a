"""Makes digits.bin: scikit-learn's handwritten digits, 1797 of 8 x 8 pixels.

Each digit is a byte of its label and 64 bytes of its pixels, rows from the top, 0 (paper) to 255.
The data are the test set of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits",
UCI Machine Learning Repository, 1998, CC BY 4.0, as scikit-learn (BSD-3-Clause) distributes them.

    pip install scikit-learn
    python make_digits.py ../resources/dev/graft/train/digits.bin
"""

import sys

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
pixels = np.round(digits.data * (255 / 16)).astype(np.uint8)
labels = digits.target.astype(np.uint8)[:, None]
np.hstack([labels, pixels]).tofile(sys.argv[1])
