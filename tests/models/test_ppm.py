"""PPM, held to a small example worked by hand and to the laws of distributions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.models.ppm import PPM

A, B, C, D = range(4)


def test_an_example_worked_by_hand():
    # "a b a b a c" over the alphabet a b c d, contexts of the last two symbols, nearest first;
    # 4 stands for "nothing yet".
    text = [A, B, A, B, A, C]
    before = [4, 4, *text]
    contexts = np.array([[before[i + 1], before[i]] for i in range(6)])
    ppm = PPM(contexts, np.array(text), 4)

    # After "b a":
    # order 2, "ba": seen b once, c once: count 2; escape = 2 seen once + 1 = 3; total 5.
    #   p(b) = 1/5, p(c) = 1/5, left 3/5
    # order 1, "a": seen b 2, c 1; both spoken of, so nothing is left of them:
    #   escape 1 of total 1: left stays 3/5
    # order 0: a 3, b 2, c 1; without b and c: a 3, escape = none seen once + 1 = 1; total 4.
    #   p(a) = 3/5 * 3/4 = 9/20, left 3/5 * 1/4 = 3/20
    # order -1: d alone is left: p(d) = 3/20
    expected = [9 / 20, 1 / 5, 1 / 5, 3 / 20]
    np.testing.assert_allclose(ppm.probabilities(np.array([[A, B]]))[0], expected, atol=1e-15)

    # After "d c", never seen: order 0 at once: a 3, b 2, c 1; escape = 1 seen once + 1 = 2;
    # total 8; order -1: d alone is left.
    expected = [3 / 8, 2 / 8, 1 / 8, 2 / 8]
    np.testing.assert_allclose(ppm.probabilities(np.array([[C, D]]))[0], expected, atol=1e-15)


def test_a_context_that_saw_everything_escapes_no_more():
    ppm = PPM(np.zeros((3, 0), int), np.array([A, A, B]), 2)
    np.testing.assert_allclose(ppm.probabilities(np.zeros((1, 0), int)), [[2 / 3, 1 / 3]])


def test_nothing_seen_is_uniform():
    ppm = PPM(np.zeros((0, 3), int), np.zeros(0, int), 5)
    np.testing.assert_allclose(ppm.probabilities(np.array([[0, 1, 2], [-1, 9, 9]])), 1 / 5)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_probabilities_are_positive_sum_to_one_and_rows_do_not_meet(data):
    size, K = data.draw(st.integers(1, 6)), data.draw(st.integers(0, 4))
    N = data.draw(st.integers(0, 40))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    ppm = PPM(random.integers(0, 4, (N, K)), random.integers(0, size, N), size)
    asked = random.integers(-1, 6, (7, K))
    probabilities = ppm.probabilities(asked)
    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(1), 1)
    for row in range(7):
        assert (ppm.probabilities(asked[row : row + 1])[0] == probabilities[row]).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_examples_does_not_matter(seed):
    random = np.random.default_rng(seed)
    contexts, symbols = random.integers(0, 3, (30, 3)), random.integers(0, 4, 30)
    mixed = random.permutation(30)
    asked = random.integers(0, 3, (9, 3))
    assert (
        PPM(contexts, symbols, 4).probabilities(asked)
        == PPM(contexts[mixed], symbols[mixed], 4).probabilities(asked)
    ).all()
