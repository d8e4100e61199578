#!/usr/bin/env python3
"""The decimals that tests of the samplers compare with, worked in 40 digits from the equations that head each sampler's
file: `python3 tests/golden.py` prints them all, `python3 tests/golden.py lms` those of one sampler. Needs mpmath.

Nothing is shared with the samplers: weights of multistep methods are integrals of Lagrange polynomials by quadrature,
those of UniPC a linear system, phi functions their series or their definition.
"""

import sys

from mpmath import atan, atan2, cos, cosh, exp, factorial, ln, lu_solve, matrix, mp, mpf, quad, sin, sqrt

mp.dps = 40
CIRCLE = (cos, sin)
EDM = (lambda t: mpf(1), lambda t: t)
END = "end"  # alpha = 1, sigma = 0, a time of its own where the test has none
numbers = lambda *text: [x if x is END else mpf(x) for x in text]
LONG = numbers("1.4", "1.1", "0.7", "0.4", "0.3")
LEVELS = numbers("4", "2.5", "1", "0.4", "0.3")
EIGHT = numbers("1.4", "1.25", "1.1", "0.9", "0.7", "0.55", "0.4", "0.3", "0.2")
DATA, UNIT = (mpf("0.7"), mpf("0.5")), (mpf(0), mpf(1))


def at(process, t):
    return (mpf(1), mpf(0)) if t is END else (process[0](t), process[1](t))


def predict(process, data, x, t):
    """eps, x0 and v for data N(mean, std²)."""
    (alpha, sigma), (mean, std) = at(process, t), data
    score = -(x - alpha * mean) / (alpha**2 * std**2 + sigma**2)
    eps, x0 = -sigma * score, mean - alpha * std**2 * score
    return eps, x0, alpha * eps - sigma * x0


def phi(k, z):
    if abs(z) < mpf("0.5"):
        return sum(z**n / factorial(n + k) for n in range(60))
    return exp(z) if k == 0 else (phi(k - 1, z) - 1 / factorial(k - 1)) / z


def lagrange(nodes, j, z):
    out = mpf(1)
    for i, node in enumerate(nodes):
        if i != j:
            out *= (z - node) / (nodes[j] - node)
    return out


def integrals(nodes, a, b, kernel=lambda z: 1):
    """`int_a^b kernel L_j` of each node."""
    cuts = [a + (b - a) * mpf(i) / 8 for i in range(9)]
    return [quad(lambda z: kernel(z) * lagrange(nodes, j, z), cuts) for j in range(len(nodes))]


def multistep(x, times, order, slope, place, step):
    """x at the last time; `step(x, t, s, nodes, slopes)` with the newest first."""
    nodes, slopes = [], []
    for t, s in zip(times, times[1:]):
        nodes, slopes = [place(t)] + nodes[: order - 1], [slope(x, t)] + slopes[: order - 1]
        x = step(x, t, s, nodes, slopes)
    return x


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


# In r = sigma/alpha: x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j).

ratio = lambda process, t: at(process, t)[1] / at(process, t)[0]


def in_ratio(process, times, order, weights, x=mpf("1.3"), place=None):
    def step(x, t, s, nodes, slopes):
        return at(process, s)[0] * (x / at(process, t)[0] + dot(weights(t, s, nodes), slopes))

    eps = lambda x, t: predict(process, DATA, x, t)[0]
    return multistep(x, times, order, eps, place or (lambda t: ratio(process, t)), step)


def lms():
    def weights(process):
        return lambda t, s, nodes: integrals(nodes, ratio(process, t), ratio(process, s))

    yield "edm, order 2", in_ratio(EDM, numbers("4", "2.5", "1"), 2, weights(EDM))
    yield "circle", in_ratio(CIRCLE, LONG, 4, weights(CIRCLE))
    yield "to the end", in_ratio(CIRCLE, LONG[:4] + [END], 4, weights(CIRCLE))


EQUAL = [[[1], 1], [[3, -1], 2], [[23, -16, 5], 12], [[55, -59, 37, -9], 24]]
equal = lambda count: [mpf(w) / EQUAL[count - 1][1] for w in EQUAL[count - 1][0]]


def ipndm():
    def weights(t, s, nodes):
        return [(ratio(CIRCLE, s) - ratio(CIRCLE, t)) * w for w in equal(len(nodes))]

    for count in range(2, 6):
        yield f"state {count - 1}", in_ratio(CIRCLE, LONG[:count], 4, weights)


def diff_sampler(h):
    """The published weights for h_0, h_1, …, newest step first: sums of divided differences d, times h_0."""
    c = [mpf(1), 0, 0, 0]

    def add(factor, d):
        for i, value in enumerate(d):
            c[i] += factor * value

    if len(h) > 1:
        add(h[0] / h[1] / 2, [1, -1])
    if len(h) > 2:
        q = h[1] / h[2]
        add((1 - h[0] / (3 * (h[0] + h[1])) * (h[0] * (h[0] + h[1])) / (h[1] * (h[1] + h[2]))) / 2, [1, -1 - q, q])
    if len(h) > 3:
        b = h[1] * (h[1] + h[2]) / (h[2] * (h[2] + h[3]))
        factor = (1 - h[0] / (3 * (h[0] + h[1]))) / 2
        factor += (1 - h[0] / (2 * (h[0] + h[1]))) * h[0] / (6 * (h[0] + h[1] + h[2]))
        factor *= h[0] * (h[0] + h[1]) * (h[0] + h[1] + h[2]) / (h[1] * (h[1] + h[2]) * (h[1] + h[2] + h[3]))
        add(factor, [1, -1 - q - b, q + b * (1 + h[2] / h[3]), -b * q])
    return c


def ipndm_v():
    def weights(t, s, nodes):
        r = [ratio(CIRCLE, s)] + nodes
        h = [a - b for a, b in zip(r, r[1:])]
        return [h[0] * c for c in diff_sampler(h)]

    for order in (4, 3):
        yield f"published, order {order}", in_ratio(CIRCLE, LONG, order, weights)


def deis_tab():
    """Polynomials in t, on the circle atan r, or in the time of a vp process with EDM's two levels."""
    first, last = ln(1 + mpf("0.002") ** 2), ln(1 + mpf(80) ** 2)
    d = 2 * (first / mpf("0.001") - last) / (mpf("0.001") - 1)
    b = last - d / 2
    vp = lambda r: (sqrt(b * b + 2 * d * ln(1 + r * r)) - b) / d
    for name, tau in (("t", atan), ("vp", vp)):
        for end in (LONG[4], END):
            # The substitution r = q² spreads what vp does near r = 0.
            def weights(t, s, nodes):
                a, c = sqrt(ratio(CIRCLE, t)), sqrt(ratio(CIRCLE, s))
                cuts = [a + (c - a) * mpf(i) / 16 for i in range(17)]
                return [quad(lambda q: 2 * q * lagrange(nodes, j, tau(q * q)), cuts) for j in range(len(nodes))]

            place = lambda t: tau(ratio(CIRCLE, t))
            yield f"in {name}, to {end}", in_ratio(CIRCLE, LONG[:4] + [end], 4, weights, place=place)


def pndm():
    def transfer(x, e, t, s):
        return at(CIRCLE, s)[0] * (x / at(CIRCLE, t)[0] + (ratio(CIRCLE, s) - ratio(CIRCLE, t)) * e)

    eps = lambda x, t: predict(CIRCLE, DATA, x, t)[0]

    def start(kind, half):
        def step(x, t, s, nodes, slopes):
            e_1 = slopes[0]
            if s is END or len(slopes) == 4 or (kind == "plms" and len(slopes) > 1):
                return transfer(x, dot(equal(len(slopes)), slopes), t, s)
            if kind == "plms":
                return transfer(x, (e_1 + eps(transfer(x, e_1, t, s), s)) / 2, t, s)
            near, m = ((t + s) / 2,) * 2 if half is None else (max(t - half, s), min(s + half, t))
            e_2 = eps(transfer(x, e_1, t, near), m)
            e_3 = eps(transfer(x, e_2, t, m), m)
            e_4 = eps(transfer(x, e_3, t, s), s)
            return transfer(x, (e_1 + 2 * e_2 + 2 * e_3 + e_4) / 6, t, s)

        return step

    cases = [("prk", None, LONG[4]), ("plms", None, LONG[4]), ("prk", mpf("0.1"), LONG[4]), ("prk", None, END)]
    for kind, half, end in cases:
        times = LONG[:4] + [end]
        for count in range(5 if end is END else 2, 6):
            x = multistep(mpf("1.3"), times[:count], 4, eps, lambda t: t, start(kind, half))
            yield f"{kind}, d = {half}, state {count - 1}", x


# In other variables.

def adams_bashforth():
    velocity = lambda x, t: predict(CIRCLE, DATA, x, t)[2]

    def run(order, first, times):
        def step(x, t, s, nodes, slopes):
            if len(slopes) <= first:
                h, k_1 = s - t, slopes[0]
                k_2 = velocity(x + h * k_1 / 3, t + h / 3)
                k_3 = velocity(x + h * (k_2 - k_1 / 3), t + 2 * h / 3)
                k_4 = velocity(x + h * (k_1 - k_2 + k_3), s)
                return x + h * (k_1 + 3 * k_2 + 3 * k_3 + k_4) / 8
            return x + dot(integrals(nodes, t, s), slopes)

        return multistep(mpf("1.3"), times, order, velocity, lambda t: t, step)

    yield "order 3", run(3, 0, LONG)
    yield "order 4", run(4, 0, LONG)
    yield "order 3, rk4", run(3, 2, LONG)
    yield "order 4, rk4-ramp", run(4, 2, LONG)
    yield "order 4, to 0", run(4, 0, LONG[:4] + [mpf(0)])


def adams_flow():
    for name, process, times in (("circle", CIRCLE, LONG), ("edm", EDM, LEVELS), ("end", CIRCLE, LONG[:4] + [END])):
        q = lambda t: sum(at(process, t))
        u = lambda t: at(process, t)[1] / q(t)
        slope = lambda x, t: predict(process, DATA, x, t)[0] - predict(process, DATA, x, t)[1]
        step = lambda x, t, s, nodes, k: q(s) * (x / q(t) + dot(integrals(nodes, u(t), u(s)), k))
        yield name, multistep(mpf("1.3"), times, 3, slope, u, step)


def angle(process, t):
    return atan2(at(process, t)[1], at(process, t)[0])


def norm(process, t):
    return sqrt(at(process, t)[0] ** 2 + at(process, t)[1] ** 2)


def exponential_adams():
    def run(process, times, kind, order):
        lam = lambda t: -ln(ratio(process, t))

        def step(x, t, s, nodes, slopes):
            (alpha_t, sigma_t), (alpha_s, sigma_s) = at(process, t), at(process, s)
            if kind == "v":
                w = integrals(nodes, angle(process, t), angle(process, s))
                return norm(process, s) * (x / norm(process, t) + dot(w, slopes))
            if kind == "eps":
                w = integrals(nodes, lam(t), lam(s), lambda z: exp(lam(s) - z))
                return alpha_s / alpha_t * x - sigma_s * dot(w, slopes)
            w = integrals(nodes, lam(t), lam(s), lambda z: exp(z - lam(s)))
            return sigma_s / sigma_t * x + alpha_s * dot(w, slopes)

        def slope(x, t):
            eps, x0, v = predict(process, DATA, x, t)
            return {"eps": eps, "x0": x0, "v": v / norm(process, t)}[kind]

        place = (lambda t: angle(process, t)) if kind == "v" else lam
        return multistep(mpf("1.3"), times, order, slope, place, step)

    for kind in ("eps", "x0", "v"):
        for order in (3, 4):
            for name, process, times in (("circle", CIRCLE, LONG), ("edm", EDM, LEVELS)):
                if (kind, order) != ("v", 4):
                    yield f"{kind}, order {order}, {name}", run(process, times, kind, order)
    yield "v, order 3, to the end", run(CIRCLE, LONG[:4] + [END], "v", 3)
    for kind in ("eps", "x0", "v"):
        yield f"{kind}, order 6, circle, eight steps", run(CIRCLE, EIGHT, kind, 6)


def adams():
    """The first and last of eight weights against exp(rate (h - u))."""
    nodes = numbers("0", "-0.3", "-0.7", "-1.2", "-1.6", "-2", "-2.9", "-3.1")
    for rate in (-1, 1):
        for h in numbers("0.01", "0.8", "1.52", "6"):
            w = integrals(nodes, mpf(0), h, lambda u: exp(rate * (h - u)))
            yield f"rate {rate}, h = {mp.nstr(h, 3)}", mp.nstr(w[0], 15) + ", " + mp.nstr(w[7], 15)


def reab():
    for published in (False, True):
        for name, process, times in (("circle", CIRCLE, LONG), ("edm", EDM, LEVELS)):
            lam = lambda t: -ln(ratio(process, t))
            slope = lambda x, t: predict(process, DATA, x, t)[2] / norm(process, t)

            def step(x, t, s, nodes, slopes):
                w = integrals(nodes, lam(t), lam(s), lambda z: -1 / (2 * cosh(z)))
                last = sqrt(at(process, s)[0] ** 2 + at(process, t)[1] ** 2) if published else norm(process, s)
                return norm(process, s) / norm(process, t) * x + last * dot(w, slopes)

            yield f"published {published}, {name}", multistep(mpf("1.3"), times, 3, slope, lam, step)


# One-step exponential methods, data N(0, 1) under edm, from x = 1 at 2 to 1.

def etd(a, b, c, kind):
    h, x, models = ln(mpf(2)), mpf(1), []
    for share, row in zip(c + [mpf(1)], a + [b]):
        sigma = 2 * exp(-share * h)
        total = h * dot(row, models)
        x_i = sigma / 2 * x + total if kind == "x0" else x - sigma * total
        models.append(predict(EDM, UNIT, x_i, sigma)[1 if kind == "x0" else 0])
    return x_i


def etd_rk2(c_2=mpf(1) / 2):
    for kind, z in (("x0", -ln(mpf(2))), ("eps", ln(mpf(2)))):
        b_2 = phi(2, z) / c_2
        yield kind, etd([[], [c_2 * phi(1, c_2 * z)]], [phi(1, z) - b_2, b_2], [mpf(0), c_2], kind)


def etd_rk3():
    def run(kind, c_2):
        z, two_thirds = ln(mpf(2)) * (-1 if kind == "x0" else 1), mpf(2) / 3
        a_32, b_3 = 4 / (9 * c_2) * phi(2, two_thirds * z), mpf(3) / 2 * phi(2, z)
        a = [[], [c_2 * phi(1, c_2 * z)], [two_thirds * phi(1, two_thirds * z) - a_32, a_32]]
        return etd(a, [phi(1, z) - b_3, 0, b_3], [mpf(0), c_2, two_thirds], kind)

    for kind, c_2 in (("x0", mpf(1) / 2), ("eps", mpf(1) / 2), ("eps", mpf(1) / 3)):
        yield f"{kind}, c_2 = {mp.nstr(c_2, 3)}", run(kind, c_2)


def etd_rk4():
    for kind, z in (("x0", -ln(mpf(2))), ("eps", ln(mpf(2)))):
        f, g = [phi(j, z) for j in range(4)], [phi(j, z / 2) for j in range(4)]
        a_52 = g[2] / 2 - f[3] + f[2] / 4 - g[3] / 2
        a_54 = g[2] / 4 - a_52
        a = [[], [g[1] / 2], [g[1] / 2 - g[2], g[2]], [f[1] - 2 * f[2], f[2], f[2]]]
        a += [[g[1] / 2 - 2 * a_52 - a_54, a_52, a_52, a_54]]
        b = [f[1] - 3 * f[2] + 4 * f[3], 0, 0, -f[2] + 4 * f[3], 4 * f[2] - 8 * f[3]]
        yield kind, etd(a, b, [mpf(c) / 2 for c in (0, 1, 1, 2, 1)], kind)


# Predictor and corrector, data N(0, 1) under edm, x = 1, sigma = 4, 2, 1, 1/2: every step has h = ln 2.

def unipc():
    h, sigmas = ln(mpf(2)), [mpf(4) / 2**i for i in range(4)]

    def update(x, sigma_s, kind, bh, r, models):
        """From x with the value at t, models[0], and others at r: sum_j a_j r_j^(k−1) = h k! phi_(k+1)(z)/B."""
        z = -h if kind == "x0" else h
        whole = h * phi(1, z)
        b_h = h if bh == 1 else whole
        rows = [[mpf(v) ** (k - 1) for v in r] for k in range(1, len(r) + 1)]
        right = [h * factorial(k) * phi(k + 1, z) / b_h for k in range(1, len(r) + 1)]
        a = [] if not r else [mpf(1) / 2] if len(r) == 1 else list(lu_solve(matrix(rows), matrix(right)))
        add = whole * models[0] + b_h * sum(w * (m - models[0]) / v for w, m, v in zip(a, models[1:], r))
        return x / 2 + add if kind == "x0" else x - sigma_s * add

    def run(order, bh=1, kind="x0", corrector=True, lower=False, correct_last=False):
        model = lambda x, sigma: predict(EDM, UNIT, x, sigma)[1 if kind == "x0" else 0]
        x, past, steps = mpf(1), [model(mpf(1), sigmas[0])], len(sigmas) - 1
        for i in range(steps):
            left = steps - i + (1 if correct_last else 0) if lower else steps
            count = min(order, len(past), left)
            old = list(range(-1, -count, -1))
            x_hat = update(x, sigmas[i + 1], kind, bh, old, past[:count])
            if i == steps - 1 and not correct_last:
                return x_hat
            new = model(x_hat, sigmas[i + 1])
            if corrector:
                count = min(order + 1, len(past) + 1, left + 1)
                old = list(range(-1, -(count - 1), -1))
                x = update(x, sigmas[i + 1], kind, bh, [1] + old, [past[0], new] + past[1 : count - 1])
            else:
                x = x_hat
            past = [new] + past
        return x

    yield "order 2", run(2)
    yield "order 2, bh2", run(2, 2)
    yield "order 2, eps", run(2, kind="eps")
    yield "order 2, eps, bh2", run(2, 2, "eps")
    yield "order 3", run(3)
    yield "order 3, no corrector", run(3, corrector=False)
    yield "order 2, bh2, correct_last", run(2, 2, correct_last=True)
    yield "order 2, bh2, lower_order_final", run(2, 2, lower=True)


def er_sde():
    """Data N(0, 1) under edm, x = 1 at 8, 4, 2, 1, z = 1/2, −1, 1/4."""
    er_5, sde = lambda r: r * (exp(r ** mpf("0.3")) + 10), lambda r: r**2
    for name, scale, exact in (("er-5", er_5, False), ("er-5, exact", er_5, True), ("sde", sde, False)):
        x, r, d = mpf(1), [], []
        for t, s, z in zip(numbers("8", "4", "2"), numbers("4", "2", "1"), numbers("0.5", "-1", "0.25")):
            r, d = [t] + r, [predict(EDM, UNIT, x, t)[1]] + d
            q = scale(s) / scale(t)
            a = [quad(lambda u: (scale(s) / scale(u) - 1) * (u - t) ** k, [s, (s + t) / 2, t]) for k in (0, 1)]
            slope = curve = 0
            if len(r) > 1:
                slope = (d[0] - d[1]) / (r[0] - r[1])
            if len(r) > 2:
                curve = 2 * (slope - (d[1] - d[2]) / (r[1] - r[2])) / (r[0] - r[2])
                # D' is the slope half a step before t.
                slope += curve / 2 * (r[0] - r[1]) if exact else 0
            x = q * x + (1 - q) * d[0] + a[0] * slope + a[1] * curve + sqrt(s**2 - q**2 * t**2) * z
        yield name, x


ALL = [lms, ipndm, ipndm_v, deis_tab, pndm, adams_bashforth, adams_flow, exponential_adams, reab, etd_rk2, etd_rk3]
ALL += [etd_rk4, unipc, er_sde, adams]

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for sampler in ALL:
        if not wanted or sampler.__name__.replace("_", "-") in wanted:
            for case, value in sampler():
                text = value if isinstance(value, str) else mp.nstr(value, 16)
                print(f"{sampler.__name__.replace('_', '-')}, {case}: {text}", flush=True)
