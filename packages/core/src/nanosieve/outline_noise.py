"""Noise of outlines: estimated from all outlines of a picture, and taken off each of them.

An outline that trembles by e px has its largest caliper width too large and its smallest too small, by about 2 e each,
and its perimeter too long: the noise of a micrograph does not average out in an extreme. So it has to go before the
outline is measured.

Told apart they are by their spectrum. Round an outline of length L, with z = x + iy at equal steps, the coefficient
c_k of Fourier's series holds the shape, and noise normal to the outline of wavelength L / abs(k - 1). Shapes have few
coefficients that are large, noise has all of them, small ones. Each coefficient is shrunk by the positive part of
1 - `TIMES` noise / abs(c_k)^2, spectral subtraction [1]_: what rises above the noise stays, so that corners stay nearly
as sharp as the picture shows them, and what does not is taken away. c_0, the place, and c_1, the size, stay as they
are.

How strong the noise is, the outlines say themselves: between `BAND_PX` most coefficients of most particles are nothing
but noise, and their lower quartile is that of an exponential distribution. From there it is carried to other
wavelengths by a power law.

References
----------
.. [1] S. F. Boll, IEEE Trans. ASSP 27, 113 (1979); more than once the noise: M. Berouti, R. Schwartz, J. Makhoul,
   ICASSP 208 (1979).
"""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray, Outlines

# Wavelengths, px, between which the noise is estimated: longer ones are of the shape, shorter ones the picture's blur
# and the contour's own interpolation have smoothed away.
BAND_PX = (8.0, 16.0)
# The power of a coefficient goes with its wavelength to this power. Seen on simulated micrographs of all three kinds
# against their exact outlines, between 10 and 80 px, to within a third; longer than that it grows no more.
EXPONENT = 1.5
LONGEST_PX = 80.0
# Below this order a coefficient is that of a shape: polygons, ellipses.
LEAST_ORDER = 6
# Fewer coefficients than this say nothing of the noise: some ten particles of 50 px.
LEAST_COEFFICIENTS = 200
# Subtracted once, 22 % of the power of pure noise would stay, so 11 %, and twice 6 %; but the more is subtracted, the
# more are corners rounded off.
TIMES = 1.5
# Power density at the middle of the band, px^3, above which an outline is taken for rough, not for noisy: three times
# that of a simulated bright-field picture of default noise.
MOST_NOISE = 0.3
# Step along the outline, px, at which it is sampled.
STEP_PX = 0.5
# Lower quartile of an exponential distribution of mean 1.
QUARTILE = -np.log(0.75)
MIDDLE = 2 / sum(BAND_PX)


def noise_level(outlines: Outlines) -> float:
    """Power density of the noise at the middle of `BAND_PX`, px^3; 0 where the outlines are too few to tell.

    The mean square of the coefficients times the length of the outline.
    """
    powers = []
    for index, length in enumerate(outlines.lengths()):
        polygon = outlines[index]
        if length < LEAST_ORDER * BAND_PX[0]:
            continue
        orders, coefficients = _spectrum(polygon, length)
        frequencies = orders / length
        inside = (frequencies >= 1 / BAND_PX[1]) & (frequencies <= 1 / BAND_PX[0]) & (orders >= LEAST_ORDER)
        powers.append(np.abs(coefficients[inside]) ** 2 * length / _relative(frequencies[inside]))
    if sum(len(each) for each in powers) < LEAST_COEFFICIENTS:
        return 0.0
    level = float(np.quantile(np.concatenate(powers), 0.25) / QUARTILE)
    return min(level, MOST_NOISE)


def without_noise(polygon: FloatArray, level: float) -> FloatArray:
    """The polygon as its noise would let it, sampled anew at steps of about `STEP_PX`.

    Parameters
    ----------
    polygon : ndarray of shape (n, 2), (x, y) in px, clockwise on the screen
    level : see `noise_level`
    """
    length = float(np.hypot(*(np.roll(polygon, -1, axis=0) - polygon).T).sum())
    orders, coefficients = _spectrum(polygon, length)
    noise = TIMES * level * _relative(orders / length) / length
    power = np.abs(coefficients) ** 2
    kept = np.clip(1 - np.divide(noise, power, out=np.ones_like(power), where=power > 0), 0, 1)
    kept[:2] = 1
    points = np.fft.ifft(coefficients * kept) * len(coefficients)
    return np.column_stack([points.real, points.imag])


def _spectrum(polygon: FloatArray, length: float) -> tuple[FloatArray, np.ndarray]:
    """For each coefficient, c_0 and c_1 first: how many waves of noise it has round the outline; and itself."""
    count = max(16, 2 * round(length / STEP_PX / 2))
    corners = np.append(polygon @ [1, 1j], polygon[0] @ [1, 1j])
    ways = np.concatenate([[0], np.cumsum(np.abs(np.diff(corners)))])
    at = np.linspace(0, ways[-1], count, endpoint=False)
    coefficients = np.fft.fft(np.interp(at, ways, corners)) / count
    orders: FloatArray = np.abs(np.fft.fftfreq(count, 1 / count) - 1)
    return orders, coefficients


def _relative(frequencies: FloatArray) -> FloatArray:
    """Power density over that at the middle of the band; `frequencies` per px."""
    relative: FloatArray = (MIDDLE / np.maximum(frequencies, 1 / LONGEST_PX)) ** EXPONENT
    return relative
