/* euler-c: one slope at the beginning of the step, on the probability flow; `euler` once more, in C99.
 *
 * Equation, `in: t`:     x_s = x_t + (s - t) velocity(x_t, t);
 *           `in: sigma`: x_s = alpha_s (x_t/alpha_t + (sigma_s/alpha_s - sigma_t/alpha_t) eps(x_t, t)).
 * Source: Song et al. 2021 (score SDE), equation 13; Song, Meng and Ermon 2021 (DDIM), equation 14.
 * Kind: ode. Order: 1. Evaluations a step: 1.
 * Choose it to see how a plugin in C is made; its numbers are those of `euler`, bit for bit.
 * At the marked end alpha = 1, sigma = 0: in t the formula where that end has a time, else the prediction of x0;
 * in sigma the formula is the prediction of x0.
 *
 * A plugin is: a table of parameters, a descriptor, six functions, and one exported symbol at the end.
 */
#include "ito_plugin.h"

#include <math.h>
#include <stdlib.h>

/* ---- What the sampler keeps. The header leaves `struct ito_instance` to the plugin. ---- */

struct ito_instance {
  const ito_host *host;
  int in_sigma;
  ito_tensor k; /* the slope */
};

/* ---- Parameters: `euler-c: { in: sigma }` in YAML. ---- */

static const char *const in_names[] = {"t", "sigma"};
static const ito_param param_in = {
    .struct_size = sizeof(ito_param),
    .type = ITO_ENUM,
    .n_enum = 2,
    .id = "in",
    .unit = "1",
    .doc = "variable of the probability flow: dx/dt = velocity, or d(x/alpha)/d(sigma/alpha) = eps",
    .def = {.type = ITO_ENUM, .v = {.i64 = 0}},
    .min = -INFINITY,
    .max = INFINITY,
    .enum_ids = in_names,
};
static const ito_param *const params[] = {&param_in};

/* Values come in the order of `params`; the host has checked their types and ranges. */
static int in_sigma(const ito_value *values) { return values[0].v.i64 == 1; }

/* ---- The functions. Each returns at once when a host call fails: the host has the reason already. ---- */

#define TRY(call)                                                                                                    \
  do {                                                                                                               \
    ito_status status_ = (call);                                                                                     \
    if (status_ != ITO_OK) return status_;                                                                           \
  } while (0)

/* One number for all rows. */
static ito_reals one(const double *number) {
  ito_reals reals = {number, 1};
  return reals;
}

/* `plan` arrives filled with the values of the descriptor; in sigma the formula divides by alpha_t. */
static ito_status plan(const ito_value *values, uint32_t n, ito_plan *io, char *why, uint64_t n_why) {
  (void)n, (void)why, (void)n_why;
  if (in_sigma(values)) io->flags |= ITO_NEEDS_ALPHA;
  return ITO_OK;
}

static ito_status create(const ito_host *host, ito_context *ctx, const ito_value *values, uint32_t n,
                         ito_instance **out) {
  (void)n;
  ito_instance *self = calloc(1, sizeof *self);
  if (!self) return host->fail(ctx, ITO_E_NOMEM, "no memory for an instance of euler-c");
  self->host = host;
  self->in_sigma = in_sigma(values);
  *out = self;
  return ITO_OK;
}

static ito_status begin(ito_instance *self, ito_context *ctx, const ito_problem *problem) {
  (void)problem;
  return self->host->make(ctx, "k", &self->k);
}

static ito_status step(ito_instance *self, ito_context *ctx, ito_step *io) {
  const ito_host *host = self->host;
  if (io->t.n != 1 || io->s.n != 1)
    return host->fail(ctx, ITO_E_UNSUPPORTED, "euler-c takes one time for all rows");
  const double t = io->t.v[0], s = io->s.v[0];

  if ((io->flags & ITO_STEP_CLEAN) && (self->in_sigma || isnan(s)))
    return host->eval(ctx, io->x, io->t, ITO_PREDICT_X0, io->out);

  double carry = 1, gain = s - t; /* x_s = carry x_t + gain k */
  if (self->in_sigma) {
    const uint32_t what[2] = {ITO_ALPHA, ITO_RATIO};
    double at_t[2], at_s[2]; /* alpha, sigma/alpha */
    TRY(host->lookup(ctx, 2, what, io->t, at_t));
    TRY(host->lookup(ctx, 2, what, io->s, at_s));
    carry = at_s[0] / at_t[0];
    gain = at_s[0] * (at_s[1] - at_t[1]);
  }
  TRY(host->eval(ctx, io->x, io->t, self->in_sigma ? ITO_PREDICT_EPS : ITO_PREDICT_VELOCITY, self->k));

  const ito_reals c[2] = {one(&carry), one(&gain)};
  const ito_tensor x[2] = {io->x, self->k};
  return host->combine(ctx, io->out, 2, c, x, NULL);
}

/* Also called after a failed step: then `free` answers with the same error, which is no news. */
static ito_status end(ito_instance *self, ito_context *ctx) {
  (void)self->host->free(ctx, self->k);
  self->k = 0;
  return ITO_OK;
}

static void destroy(ito_instance *self) { free(self); }

/* ---- The descriptor. Fields that are not named are 0: no streams, no extensions. ---- */

static const ito_info info = {
    .struct_size = sizeof(ito_info),
    .flags = ITO_ONE_STEP,
    .kind = ITO_KIND_ODE,
    .id = "euler-c",
    .name = "Euler, in C",
    .version = "0.1.0",
    .author = "the ito authors",
    .license = "MIT OR Apache-2.0",
    .url = "",
    .summary = "Euler's method on the probability flow, as a plugin in C99.",
    .equation = "t: x_s = x_t + (s - t) velocity(x_t, t); sigma: x_s = alpha_s (x_t/alpha_t + "
                "(sigma_s/alpha_s - sigma_t/alpha_t) eps(x_t, t))",
    .source = "Song et al. 2021 (score SDE), equation 13; Song, Meng and Ermon 2021 (DDIM), equation 14",
    .choose = "To see how a plugin in C is made; its numbers are those of euler.",
    .order = 1,
    .evals_per_step = 1,
    .n_params = 1,
    .params = params,
    .plan = plan,
    .create = create,
    .begin = begin,
    .step = step,
    .end = end,
    .destroy = destroy,
};

/* ---- The one exported symbol. ---- */

static const ito_info *const samplers[] = {&info};
static const ito_library library = {sizeof(ito_library), 1, ITO_HEADER_HASH, samplers};

ito_status ITO_CALL ito_plugin_v0(const ito_hello *host, const ito_library **out) {
  (void)host; /* the host compares the hash in the table and refuses another header by itself */
  *out = &library;
  return ITO_OK;
}
