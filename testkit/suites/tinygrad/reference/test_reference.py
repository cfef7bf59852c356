"""Numbers that are known otherwise: what the reference says is what others are measured by."""

import math
import unittest

import numpy

from reference import module
from reference.tensor import Lacking

torch = module.TORCH
functional = module.FUNCTIONAL


def leaf(numbers):
    return torch.tensor(numbers, requires_grad=True)


class Types(unittest.TestCase):
    def test_bare_numbers_get_the_types_of_pytorch(self):
        for numbers, dtype in (([1.5], "float32"), ([1], "int64"), ([True], "bool")):
            self.assertEqual(dtype, torch.tensor(numbers).dtype)

    def test_a_bare_number_changes_the_kind_of_a_type_and_never_its_width(self):
        whole = torch.tensor([1, 2], dtype=torch.int32)
        self.assertEqual("int32", (whole + 1).dtype)
        self.assertEqual("float32", (whole * 1.5).dtype)
        self.assertEqual("float32", (whole / 2).dtype)
        self.assertEqual("float16", (torch.tensor([1.0], dtype=torch.float16) + 1e-3).dtype)

    def test_whole_numbers_meet_numbers_with_fractions_in_the_type_of_those(self):
        self.assertEqual("float32", (torch.tensor([1]) + torch.tensor([1.0])).dtype)


class Gradients(unittest.TestCase):
    def test_every_leaf_gets_its_own(self):
        x, y = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([1.0, 2.0])
        by_x, by_y = torch.autograd.grad((x * x * y).sum(), [x, y])
        numpy.testing.assert_array_equal([[2, 8], [6, 16]], by_x.numpy())
        numpy.testing.assert_array_equal([10, 20], by_y.numpy())

    def test_what_the_result_does_not_depend_on_gets_zeros(self):
        x, y = leaf([1.0]), leaf([2.0])
        numpy.testing.assert_array_equal([0], torch.autograd.grad(x.sum(), [x, y])[1].numpy())

    def test_backward_leaves_them_at_the_leaves(self):
        x = leaf([1.0, -2.0])
        x.relu().sum().backward()
        numpy.testing.assert_array_equal([1, 0], x.grad.numpy())

    def test_those_of_windows_are_as_small_steps_say(self):
        some = numpy.random.default_rng(1)
        image, kernel = some.normal(size=(2, 3, 6, 5)), some.normal(size=(4, 3, 3, 2))
        for function in (
            lambda x, w: functional.conv2d(x, w, stride=2, padding=1),
            lambda x, w: functional.conv_transpose2d(x, w.transpose(0, 1), stride=2),
            lambda x, w: functional.max_pool2d(x, 2, padding=1) * w.sum(),
            lambda x, w: functional.avg_pool2d(x, 3, stride=2, ceil_mode=True) * w.sum(),
            lambda x, w: functional.pad(x, (1, 2, -1, 1), mode="reflect") * w.mean(),
            lambda x, w: torch.einsum("bcij,ocij->bo", x[:, :, :3, :2], w).softmax(1),
        ):
            self.assert_slope(lambda *tensors, function=function: (function(*tensors) ** 2).sum(), image, kernel)

    def assert_slope(self, function, *arrays):
        """Along some direction."""
        directions = [numpy.random.default_rng(2).normal(size=array.shape) for array in arrays]
        tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
        slope = sum((found.numpy() * way).sum() for found, way in zip(torch.autograd.grad(function(*tensors), tensors), directions))
        ahead, behind = [
            function(*[torch.tensor(array + step * way) for array, way in zip(arrays, directions)]).item() for step in (1e-6, -1e-6)
        ]
        self.assertTrue(math.isclose((ahead - behind) / 2e-6, slope, rel_tol=1e-4), f"{(ahead - behind) / 2e-6} and {slope}")


class Values(unittest.TestCase):
    def test_a_convolution_is_a_sum_over_the_window(self):
        some = numpy.random.default_rng(3)
        image, kernel = some.normal(size=(1, 4, 7, 6)), some.normal(size=(6, 2, 3, 2))
        found = functional.conv2d(torch.tensor(image), torch.tensor(kernel), groups=2, dilation=2, stride=(1, 2)).numpy()
        self.assertEqual((1, 6, 3, 2), found.shape)
        part = image[0, 2:, 1:6:2, 2:5:2]
        numpy.testing.assert_allclose((part * kernel[4]).sum(), found[0, 4, 1, 1])

    def test_the_last_number_that_is_written_to_a_place_stays(self):
        found = torch.zeros(3).scatter(0, torch.tensor([1, 1]), torch.tensor([5.0, 7.0]))
        numpy.testing.assert_array_equal([0, 7, 0], found.numpy())

    def test_numbers_choose_before_arrays_do(self):
        x = torch.arange(24).reshape(2, 3, 4)
        index = torch.tensor([[0], [2]])
        self.assertEqual((2, 1, 3), x[1, :, index].transpose(0, 2).transpose(0, 1).shape)
        numpy.testing.assert_array_equal(x.numpy()[1][:, [2, 0]], x[1, :, torch.tensor([2, 0])].numpy())

    def test_what_numpy_refuses_is_an_error_of_any_kind_that_a_test_may_expect(self):
        for kind in (RuntimeError, IndexError, ValueError):
            with self.assertRaises(kind):
                torch.zeros(2, 3).matmul(torch.zeros(2, 3))

    def test_what_is_missing_is_named(self):
        with self.assertRaisesRegex(Lacking, "the reference lacks this: torch has no optim"):
            torch.optim
        self.assertFalse(hasattr(torch, "__file__"))


if __name__ == "__main__":
    unittest.main()
