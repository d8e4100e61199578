/* ito_plugin.h: the border between ito (the host) and a sampler (the plugin).   DRAFT, major 0
 *
 * Until the header leaves DRAFT, host and plugin must be built from the very same text: the host
 * compares ITO_HEADER_HASH. The rules below are those of the later, frozen v1.
 *
 * THE IDEA. The host owns the loop, the tensors, the score network, the noise and the clock. A sampler
 * advances the state from time t to time s < t by asking the host for operations on tensors that it
 * knows only as numbers. It never sees memory of a tensor, so the same plugin runs on every device.
 *
 * THE ORDER OF CALLS
 *   ito_plugin_v0    once after loading; returns a static table of samplers
 *   plan             any number of times, before anything is created; a pure function of the values
 *   create           once a run and batch, with the parameter values in the order of info->params
 *   begin, step*, end    one run of one batch of rows; `end` comes once for a `begin` that returned OK, also
 *                    after a failed or cancelled step. Samplers received as parameters begin, and end,
 *                    before their owner
 *   destroy          last; the host frees tensors left over
 *
 * THREADS. Tags in brackets. Functions of the plugin: [run] calls on one instance never overlap, but may move
 * between threads, and instances run side by side; [any] any thread at any time, also side by side.
 * Functions of the host: [run] only inside begin, step, end of the instance whose `ctx` they get, on the
 * thread of that call; [run, create] inside create too; [any] any thread from create to destroy.
 *
 * ROWS. A tensor has [rows, dim] numbers; a row is one sample. Operations act on the ACTIVE rows only
 * and leave the others as they are. Fixed-grid samplers see all rows active and one number for t and s;
 * adaptive samplers see one entry per active row. An `ito_reals` holds n = 1 number for all active rows
 * or n = step->rows numbers, one each, in the order of the active rows.
 *
 * MEMORY. Nothing allocated crosses the border. Strings are UTF-8, end in NUL and are copied by the
 * reader before the call returns, except those in the static tables, which live as long as the library.
 * Arguments belong to the caller, and are not kept beyond the call; what is named `out` is room of the
 * caller's, as much as the comment says, and undefined after an error.
 *
 * ERRORS. Functions that return an ito_status return 0 (ITO_OK) or a negative one. The context is sticky: after an
 * error every operation does nothing and returns that error. No panic, exception or longjmp may cross the border.
 *
 * GROWTH. Every struct of this file begins with struct_size, except ito_reals and ito_value, which are
 * frozen. Fields are appended only; a reader uses min(struct_size, sizeof its own). Arrays hold pointers
 * to structs, so that elements can grow. Scalars are f64, i32, u32, i64, u64; no enum, bool or size_t.
 */
#ifndef ITO_PLUGIN_H
#define ITO_PLUGIN_H

#include <stdint.h>

#define ITO_HEADER_HASH "48e5517fa7edbe837135888bcd89900e75b629e7f827ca43d2af4ea69e2e5b56"

#if defined(_WIN32)
#  define ITO_CALL __cdecl
#  define ITO_EXPORT __declspec(dllexport)
#else
#  define ITO_CALL
#  define ITO_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- values ---- */

typedef int32_t  ito_status;
typedef uint64_t ito_tensor;                 /* 0 = none; a stale handle is ITO_E_HANDLE            */
typedef uint64_t ito_sampler;                /* another sampler, received as a parameter; 0 = none  */
typedef struct ito_context  ito_context;     /* the host's, one a run; opaque                       */
typedef struct ito_instance ito_instance;    /* the plugin's, made by create; opaque to the host    */
typedef struct ito_host     ito_host;

enum {                                       /* ito_status; numbers are never used again            */
  ITO_OK            =   0,
  ITO_E_INVALID     =  -1,                   /* an argument is outside its domain                   */
  ITO_E_UNSUPPORTED =  -2,                   /* this process, grid or host cannot do it             */
  ITO_E_NOMEM       =  -3,
  ITO_E_HANDLE      =  -4,                   /* unknown, freed or foreign tensor or sampler         */
  ITO_E_STATE       =  -5,                   /* called at the wrong moment                          */
  ITO_E_CANCELLED   =  -7,                   /* the user interrupted: return at once                */
  ITO_E_MODEL       =  -8,                   /* the score network failed                            */
  ITO_E_PANIC       = -11,                   /* the plugin caught its own panic or exception        */
  ITO_E_VERSION     = -12,                   /* host and plugin come from different headers         */
  ITO_E_INTERNAL    = -99
};

typedef struct ito_reals {                   /* frozen: 16 bytes                                    */
  const double *v;
  uint64_t      n;                           /* 1, or the number of active rows                     */
} ito_reals;

/* ------------------------------------------------------------ parameters ---- */

enum {                                       /* ito_value.type                                      */
  ITO_NONE = 0,                              /* the alternative was not chosen, or no default       */
  ITO_F64 = 1, ITO_I64 = 2, ITO_BOOL = 3,    /* BOOL lives in i64 as 0 or 1                         */
  ITO_ENUM = 4,                              /* i64: position in enum_ids                           */
  ITO_STR = 5, ITO_F64LIST = 6,
  ITO_SAMPLER = 7                            /* sampler: a handle for inner_step                    */
};
typedef struct ito_value {                   /* frozen: 16 bytes                                    */
  uint32_t type;
  uint32_t len;                              /* F64LIST: number of entries; else 0                  */
  union {
    double        f64;
    int64_t       i64;
    const char   *str;
    const double *f64s;
    ito_sampler   sampler;
  } v;
} ito_value;

enum {                                       /* ito_param.flags                                     */
  ITO_PARAM_REQUIRED      = 1,
  ITO_PARAM_MIN_EXCLUSIVE = 2,
  ITO_PARAM_MAX_EXCLUSIVE = 4,
  ITO_PARAM_LOG           = 8,               /* sweeps of it are spaced in the logarithm            */
  ITO_PARAM_DEPRECATED    = 16
};
/* id is the YAML key and never changes. A dot makes alternatives: `step.sigma` and `step.absolute` are
 * written `step: { sigma: 0.16 }`; exactly one alternative holds, by default the first that has a
 * default; the values of the others arrive as ITO_NONE. A second dot makes fields of an alternative
 * (`step.score-norm.snr`): all fields of the chosen one are filled in.
 * The default of a SAMPLER is of type STR: the id of the sampler that is taken.
 * min <= default <= max; min and max are meant for F64, I64 and each entry of F64LIST, and may be
 * infinite. enum_ids has n_enum strings. */
typedef struct ito_param {
  uint32_t struct_size, flags, type, n_enum;
  const char *id, *unit, *doc;               /* unit: "1" where there is none                       */
  ito_value   def;                           /* type ITO_NONE: no default                           */
  double      min, max;
  const char *const *enum_ids;
} ito_param;

/* -------------------------------------------------------------- samplers ---- */

enum {                                       /* ito_info.kind: decides the test in the order table  */
  ITO_KIND_ODE = 1, ITO_KIND_SDE = 2, ITO_KIND_ADAPTIVE = 3,
  ITO_KIND_MCMC = 4, ITO_KIND_PLATEAU = 5, ITO_KIND_ITERATIVE = 6
};
enum {                                       /* ito_info.flags, ito_plan.flags                      */
  ITO_ONE_STEP     = 1,                      /* keeps nothing between steps: can be an inner sampler*/
  ITO_PER_ROW_STEP = 2,                      /* chooses its steps, row by row; takes the two ends   */
  ITO_LEVEL        = 4,                      /* Markov chain at one time: needs a parameter `level`,
                                                every step has t = s = level                        */
  ITO_NEEDS_ALPHA  = 8,                      /* divides by alpha(t): a grid never starts at alpha=0 */
  ITO_FINAL_MEAN   = 16,                     /* default of the run's `final` is mean, not state     */
  ITO_BATCH_WIDE   = 32                      /* a sample depends on which others are in its batch, for
                                                comparison with programs where it does: results are then
                                                known by their batch too                            */
};
enum { ITO_ANY_SPACING = 0, ITO_UNIFORM_T = 1, ITO_UNIFORM_LAMBDA = 2, ITO_UNIFORM_INDEX = 3 };

/* What a sampler costs and claims with given values. The host fills every field with the defaults of
 * ito_info before it calls `plan`, the plugin changes what the values change. */
typedef struct ito_plan {
  uint32_t struct_size, flags, kind, uniform_in;
  uint64_t steps;                            /* in: N, the number of grid intervals                 */
  uint64_t evaluations;                      /* evaluations a sample, inner samplers left out       */
  uint64_t inner_steps;                      /* calls of inner_step a sample; the host adds their cost
                                                and their ITO_NEEDS_ALPHA and ITO_BATCH_WIDE        */
  double   order, weak_order;                /* order: strong order for kind SDE; 0 = none claimed  */
  /* in: the n_times times of the grid with their alpha and sigma, where the host knows them, else 0 and NULL; at
   * the marked end alpha = 1, sigma = 0, and the time may be NaN */
  uint64_t n_times;
  const double *times, *alpha, *sigma;
  /* in: what the samplers received as parameters claim with their values, the least of several; 0 without one */
  uint32_t inner_kind, inner_flags;
  double   inner_order, inner_weak_order;
} ito_plan;

typedef struct ito_problem {                 /* given to begin                                      */
  uint32_t struct_size, flags;
  ito_tensor x;                              /* the state: x_T now, advanced in place by the steps  */
  uint64_t rows, dim;
  uint64_t n_times;                          /* fixed grid: N+1; PER_ROW_STEP: the stops, at least 2*/
  const double *times;                       /* falling; valid until end                            */
  double  *first_step;                       /* PER_ROW_STEP: write rows first steps h > 0; else NULL*/
} ito_problem;

enum {                                       /* ito_step.flags, set by the host                     */
  ITO_STEP_LAST  = 1,                        /* fixed grid: no step follows                         */
  ITO_STEP_MEAN  = 2,                        /* leave out the last noise of this step               */
  ITO_STEP_CLEAN = 4,                        /* s is the marked end alpha = 1, sigma = 0. Where the
                                                formula is not finite there, out := the prediction
                                                of x0 from (x, t), without noise. s may be NaN: the
                                                process has no time for that end                    */
  ITO_STEP_INNER = 8,                        /* driven by another sampler through inner_step        */
  ITO_STEP_GIVEN = 16                        /* x is not what the last step left but was set anew, for
                                                example to an exact value: a sampler that keeps a state
                                                of its own from step to step takes x in its place   */
};
enum { ITO_KEPT = 1, ITO_DROPPED = 2 };      /* fate of a try, 0 = no try yet                       */

typedef struct ito_step {
  uint32_t struct_size, flags;
  uint64_t index;                            /* fixed grid: i of t_i -> t_{i+1}; else the try       */
  uint64_t rows;                             /* number of active rows                               */
  ito_reals t, s;                            /* s < t (LEVEL: s = t)                                */
  ito_tensor x;                              /* the state at t                                      */
  ito_tensor out;                            /* where the state at s goes. Fixed grid: out == x.
                                                PER_ROW_STEP: another tensor; x must not be written;
                                                the host copies the accepted rows                   */
  const uint32_t *fate;                      /* PER_ROW_STEP, [rows]: what became of the last try   */
  uint32_t *accept;                          /* PER_ROW_STEP, [rows], out: 1 accepted, 0 rejected   */
  double   *error;                           /* PER_ROW_STEP, [rows], out: error / tolerance        */
  double   *next;                            /* PER_ROW_STEP, [rows], out: next h > 0               */
  const uint32_t *row;                       /* [rows]: numbers of the active rows, rising          */
} ito_step;

typedef struct ito_info {                    /* static: one sampler                                 */
  uint32_t struct_size, flags, kind, uniform_in;
  const char *id;                            /* YAML name; bare for built-in, else org.x.name       */
  const char *name, *version, *author, *license, *url;
  const char *summary;                       /* one sentence                                        */
  const char *equation;                      /* the formula, in the letters of the documentation    */
  const char *source;                        /* paper and equation number                           */
  const char *choose;                        /* when to choose it and when not                      */
  double   order, weak_order;
  uint64_t evals_per_step;
  uint32_t n_params, n_streams, n_required, reserved;
  const ito_param *const *params;
  const char *const *streams;                /* names of the random streams used by DRAW, uniforms  */
  const char *const *required;               /* extension ids without which create would fail       */
  /* [any] May be NULL. Pure: no host calls. ITO_E_INVALID refuses the combination of values;
   * then `why` (a buffer of n_why bytes, the host's) receives one sentence. `io` is the host's. */
  ito_status (ITO_CALL *plan)(const ito_value *values, uint32_t n, ito_plan *io, char *why, uint64_t n_why);
  /* [run] Once a run and batch, first. Values only, which live for this call; no tensor exists yet. *out is owned by
   * the plugin until destroy; after an error there is no instance, and no destroy. `host` is static, and `ctx` lives,
   * until destroy has returned: both may be kept. */
  ito_status (ITO_CALL *create)(const ito_host *host, ito_context *ctx, const ito_value *values, uint32_t n,
                                ito_instance **out);
  /* [run] Once, after create. The problem lives for this call, its times until end. */
  ito_status (ITO_CALL *begin)(ito_instance *, ito_context *, const ito_problem *);
  /* [run] Once an interval or try. The step and its arrays live for this call. An error ends the run. */
  ito_status (ITO_CALL *step)(ito_instance *, ito_context *, ito_step *);
  /* [run] Once for a begin that returned OK, also after a step that failed. Tensors need not be freed. */
  ito_status (ITO_CALL *end)(ito_instance *, ito_context *);
  /* [run] Once, last: frees what create made. No host calls. */
  void       (ITO_CALL *destroy)(ito_instance *);
  /* [run] May be NULL; hosts of this header never call it. Static, or lives until destroy; NULL for an id unknown. */
  const void*(ITO_CALL *extension)(ito_instance *, const char *id);
} ito_info;

/* ------------------------------------------------------------------ host ---- */

/* Extensions of the host; a pointer from `extension` leads to one of these. */
typedef struct ito_extension { uint32_t struct_size, reserved; } ito_extension;

typedef struct ito_energy {                  /* `ito.energy/1`                                      */
  uint32_t struct_size, reserved;
  /* [run] out[r] = log p_t of row r of x, one number an active row. For scores in closed form alone: a
   * sampler that requires it is refused on a network. Not counted as an evaluation. */
  ito_status (ITO_CALL *log_density)(ito_context *, ito_tensor x, ito_reals t, double *out);
} ito_energy;

typedef struct ito_blocks {                  /* `ito.blocks/1`                                      */
  uint32_t struct_size, reserved;
  /* [run] out[j] := the model's prediction at (x[j], t[j]) for j < n, as n calls of eval that do not wait
   * for each other: one call of the model with n times the rows. Counts n evaluations a row and adds one to
   * the depth. out[j] may be x[j], but no other x. mask, NULL or one entry for each j and active row: where
   * mask[j * rows + r] is 0, row r of out[j] stays as it is, and is not counted. */
  ito_status (ITO_CALL *evals)(ito_context *, uint32_t n, const ito_tensor *x, const ito_reals *t,
                               uint32_t prediction, const ito_tensor *out, const uint32_t *mask);
} ito_blocks;

enum { ITO_DRAW = 1, ITO_PATH = 2, ITO_AREA = 3 };
/* Normals added by combine. DRAW: fresh ones, a function of (seed, sample, stream, counter) alone; never
 * use one (stream, counter) twice in a run. PATH: the normalised increment (W(s) - W(t))/sqrt(t - s) of
 * the sample's own Brownian path; use it for noise that discretises an SDE. AREA (extension
 * `ito.levy-area/1`): the normalised space-time Levy area of the same path, sqrt(12/h) H with h = t - s and
 * H = 1/h int_0^h (W(t - u) - W(t) - u/h (W(s) - W(t))) du; standard normal, independent of PATH(t, s). */
typedef struct ito_noise {
  uint32_t struct_size, kind;
  uint32_t stream, reserved;                 /* DRAW: position in info->streams                     */
  uint64_t counter;                          /* DRAW                                                */
  ito_reals t, s;                            /* PATH, AREA: s < t                                   */
  ito_reals scale;                           /* standard deviation; 0 still consumes the draw       */
} ito_noise;

enum { ITO_PREDICT_SCORE = 1, ITO_PREDICT_EPS = 2, ITO_PREDICT_X0 = 3, ITO_PREDICT_V = 4, ITO_PREDICT_VELOCITY = 5 };
enum {                                       /* lookup: functions of t                              */
  ITO_ALPHA = 1, ITO_SIGMA = 2, ITO_LAMBDA = 3,   /* lambda = ln(alpha/sigma)                       */
  ITO_RATIO = 4,                                  /* sigma/alpha                                    */
  ITO_DRIFT = 5,                                  /* f = alpha'/alpha                               */
  ITO_DIFFUSION2 = 6,                             /* g^2                                            */
  ITO_ALPHA_DOT = 7, ITO_SIGMA_DOT = 8
};
enum { ITO_NORM_L2 = 1, ITO_NORM_RMS = 2, ITO_NORM_MAX = 3 };
enum { ITO_MIX_MAX = 1, ITO_MIX_SUM = 2 };
enum { ITO_DTYPE_F32 = 1, ITO_DTYPE_F64 = 2 };
enum { ITO_LOG_DEBUG = 1, ITO_LOG_INFO = 2, ITO_LOG_WARN = 3 };

typedef struct ito_tensor_info { uint32_t struct_size, dtype; uint64_t rows, dim; } ito_tensor_info;

/* Static. The plugin owns nothing that it gets from here but tensors that it made, until free or the end of the run. */
struct ito_host {
  uint32_t struct_size, reserved;
  const char *name, *version;
  /* [any] An ito_extension, or a larger struct that begins with one, by id; NULL where this host does not
   * have it. A sampler that names an id in `required` is refused before create on such a host.
   * `ito.levy-area/1`: combine knows the noise kind AREA; no more than an ito_extension. `ito.energy/1`:
   * ito_energy. `ito.blocks/1`: ito_blocks. */
  const void *(ITO_CALL *extension)(const ito_host *, const char *id);
  /* [any] A line for the user, ITO_LOG_DEBUG to WARN. No error: works after one, and makes none. */
  void       (ITO_CALL *log)(ito_context *, int32_t level, const char *text);
  /* [run, create] Records the sentence that the user will read and makes the context sticky. Returns `code`. */
  ito_status (ITO_CALL *fail)(ito_context *, ito_status code, const char *text);
  /* [any] 1 when the user wants to stop; operations then return ITO_E_CANCELLED anyway. */
  int32_t    (ITO_CALL *cancelled)(ito_context *);

  /* [run] *out := a tensor like the state, filled with zeros, the plugin's until it is freed, by the host at the end
   * of the run if not before; `tag` names it in messages. Make tensors in begin and keep them: steps should
   * not allocate. */
  ito_status (ITO_CALL *make)(ito_context *, const char *tag, ito_tensor *out);
  /* [run] Gives back a tensor that this instance made; its handle is then ITO_E_HANDLE. */
  ito_status (ITO_CALL *free)(ito_context *, ito_tensor);
  /* [run] *out := precision, all rows (active or not) and numbers a row; the caller sets out->struct_size. */
  ito_status (ITO_CALL *describe)(ito_context *, ito_tensor, ito_tensor_info *out);

  /* [run] out := sum_j c[j] x[j] + noise, 0 <= k <= 16; out may be among x. Sums run in f64 in the order
   * given and are rounded once. noise may be NULL; with k = 0 it makes a tensor of noise. */
  ito_status (ITO_CALL *combine)(ito_context *, ito_tensor out, uint32_t k, const ito_reals *c,
                                 const ito_tensor *x, const ito_noise *noise);
  /* [run] out := a b, element by element; out may be a or b. */
  ito_status (ITO_CALL *multiply)(ito_context *, ito_tensor out, ito_tensor a, ito_tensor b);
  /* [run] out := min(max(x, lo), hi), element by element; lo <= hi; NaN stays NaN; out may be x. */
  ito_status (ITO_CALL *clamp)(ito_context *, ito_tensor out, ito_tensor x, double lo, double hi);
  /* [run] out := a where mask[r] != 0, else b; mask has one entry an active row; out may be a or b. */
  ito_status (ITO_CALL *select)(ito_context *, ito_tensor out, const uint32_t *mask, ito_tensor a, ito_tensor b);

  /* [run] Per active row: out[j * rows + r] = norm of row r of x[j], ITO_NORM_L2, RMS or MAX; n * rows numbers. */
  ito_status (ITO_CALL *norms)(ito_context *, uint32_t n, const ito_tensor *x, uint32_t kind, double *out);
  /* [run] out[r] = sum of a b over active row r; rows numbers. */
  ito_status (ITO_CALL *dot)(ito_context *, ito_tensor a, ito_tensor b, double *out);
  /* [run] out[r] = RMS over active row r of (high - low)/tol, with m = max(|a|, |b|) element by element and
   * tol = max(atol, rtol m) (MIX_MAX) or atol + rtol m (MIX_SUM); rows numbers. */
  ito_status (ITO_CALL *error_norm)(ito_context *, ito_tensor high, ito_tensor low, ito_tensor a, ito_tensor b,
                                    double atol, double rtol, uint32_t mix, double *out);
  /* [run] out[r] = a uniform in (0, 1), rows numbers: a function of (seed, sample, stream, counter) alone, as DRAW;
   * `stream` is a position in info->streams. Never use one (stream, counter) twice in a run. */
  ito_status (ITO_CALL *uniforms)(ito_context *, uint32_t stream, uint64_t counter, double *out);

  /* [run] out := the model's prediction at (x, t), in the form asked for; out may be x. Counted by the host:
   * one evaluation a row. t must have sigma(t) > 0. */
  ito_status (ITO_CALL *eval)(ito_context *, ito_tensor x, ito_reals t, uint32_t prediction, ito_tensor out);

  /* [run] out[j * t.n + i] = what[j] at t.v[i], n_what <= 8; t.n is any number here. Values may be infinite at
   * the ends; t that is NaN or outside the domain of the process is ITO_E_INVALID. */
  ito_status (ITO_CALL *lookup)(ito_context *, uint32_t n_what, const uint32_t *what, ito_reals t, double *out);
  /* [run] The inverse: out[i] = the time where `what` (ITO_SIGMA, ITO_LAMBDA or ITO_RATIO) has values.v[i]; values.n
   * numbers, any number here. */
  ito_status (ITO_CALL *time_of)(ito_context *, uint32_t what, ito_reals values, double *out);

  /* [run] One step of another sampler, x from t to s in place. Its evaluations are counted; its streams get a
   * prefix of their own. `flags`: ITO_STEP_LAST, MEAN, CLEAN as they apply to that step. */
  ito_status (ITO_CALL *inner_step)(ito_context *, ito_sampler, ito_tensor x, ito_reals t, ito_reals s, uint32_t flags);
};

/* --------------------------------------------------------------- library ---- */

typedef struct ito_hello { uint32_t struct_size, reserved; const char *host_name, *host_version, *header_hash; } ito_hello;

typedef struct ito_library {
  uint32_t struct_size, n_samplers;
  const char *header_hash;                   /* ITO_HEADER_HASH                                     */
  const ito_info *const *samplers;
} ito_library;

/* [any] The one exported symbol; the major version is in its name. Called once after loading, may be called again
 * and then returns the same table. *out is static, the plugin's; `host` lives for this call. Returns ITO_E_VERSION
 * where the plugin refuses the host. */
ITO_EXPORT ito_status ITO_CALL ito_plugin_v0(const ito_hello *host, const ito_library **out);

#ifdef __cplusplus
}
#endif
#endif
