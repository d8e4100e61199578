//! Write a sampler for ito in Rust.
//!
//! Implement [`Sampler`] for a type, name it in [`export!`], build a `cdylib`. The host owns the loop, the
//! tensors, the score and the noise; a step goes from time `t` to `s < t`:
//!
//! ```
//! use ito_kit::{Failure, Host, Info, Kind, Prediction, Problem, Sampler, Step, Tensor, Values};
//!
//! /// DDIM with eta = 0: x_s = (alpha_s/alpha_t) x_t + (sigma_s − sigma_t alpha_s/alpha_t) eps.
//! pub struct Ddim0 {
//!     eps: Tensor,
//! }
//!
//! impl Sampler for Ddim0 {
//!     const INFO: Info = Info {
//!         id: c"org.example.ddim0",
//!         summary: c"DDIM without noise.",
//!         equation: c"x_s = alpha_s/alpha_t x_t + (sigma_s - sigma_t alpha_s/alpha_t) eps(x_t, t)",
//!         source: c"Song, Meng and Ermon 2021, equation 12",
//!         kind: Kind::Ode,
//!         order: 1.0,
//!         evals_per_step: 1,
//!         flags: ito_kit::ONE_STEP | ito_kit::NEEDS_ALPHA,
//!         ..Info::DEFAULT
//!     };
//!
//!     fn create(_: &Values) -> Result<Self, Failure> {
//!         Ok(Self { eps: Tensor::NONE })
//!     }
//!
//!     fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
//!         self.eps = host.make(c"eps")?;
//!         Ok(())
//!     }
//!
//!     fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
//!         let (a, b) = (host.point(step.t()?)?, host.point(step.s()?)?);
//!         let r = b.alpha / a.alpha;
//!         host.eval(step.x, a.t, Prediction::Eps, self.eps)?;
//!         host.combine(step.out, &[(r.into(), step.x), ((b.sigma - a.sigma * r).into(), self.eps)])
//!     }
//! }
//!
//! ito_kit::export![Ddim0];
//! # fn main() {}
//! ```
//!
//! A panic inside any of these functions is caught here and reaches the user as an error; it can never
//! unwind into the host, which could not catch it.
#![allow(unsafe_code, reason = "this crate is the Rust side of the C border")]

mod border;
mod bridge;
mod check;
mod clock;
mod control;
mod error_norm;
mod explicit;
mod extensions;
mod failure;
mod flow;
mod history;
mod host;
mod info;
mod list;
mod pair;
mod phi;
mod plan;
mod step;
mod table;
mod tableau;
pub mod tableaux;
pub mod testing;
mod values;
mod weights;

pub use border::{Exported, entry};
pub use bridge::{Ancestral, new_share, open_share};
pub use control::{Control, first_step, probe_step};
pub use explicit::Explicit;
pub use failure::Failure;
pub use flow::{Flow, Node, Span};
pub use history::History;
pub use host::{Coef, Host, Noise, Point, Prediction, Tensor, What};
pub use info::{DefaultValue, Info, Kind, Param};
pub use ito_abi as abi;
pub use ito_abi::{BATCH_WIDE, FINAL_MEAN, InnerSampler, LEVEL, NEEDS_ALPHA, ONE_STEP, PER_ROW_STEP};
pub use ito_abi::{DROPPED, KEPT};
pub use ito_abi::{UNIFORM_INDEX, UNIFORM_LAMBDA, UNIFORM_T};
pub use pair::{PAIR_PARAMS, Pair};
pub use phi::phi;
pub use plan::{Level, Plan};
pub use step::{Problem, Step};
pub use table::{table_index, table_time};
pub use tableau::Tableau;
pub use values::Values;
pub use weights::{adams, gauss_legendre, lagrange};

/// Id of the extension that brings [`Noise::Area`], for [`Info::required`].
pub const LEVY_AREA: &core::ffi::CStr = c"ito.levy-area/1";

/// Id of the extension that brings [`Host::log_density`], for [`Info::required`].
pub const ENERGY: &core::ffi::CStr = c"ito.energy/1";

/// Id of the extension that brings [`Host::evals`], for [`Info::required`].
pub const BLOCKS: &core::ffi::CStr = c"ito.blocks/1";

/// One sampler: a formula that advances the state from `t` to `s`.
///
/// The kit calls [`create`](Sampler::create) once a run and batch of rows, then `begin`, `step` until the
/// end, `end`, and drops the value. Tensors made in `begin` live until the run ends. Calls never overlap, but may come
/// from different threads: hence `Send`.
pub trait Sampler: Send + Sized + 'static {
    /// What the sampler is; read once when the library is loaded.
    const INFO: Info;

    /// What the sampler costs and claims with given values; `plan` holds the defaults of [`Info`].
    ///
    /// # Errors
    /// One sentence that refuses the combination of values.
    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let _ = (values, plan);
        Ok(())
    }

    /// Reads the values; no tensor exists yet.
    ///
    /// # Errors
    /// [`Failure`] with the reason.
    fn create(values: &Values) -> Result<Self, Failure>;

    /// Makes tensors and, for samplers that choose their steps, writes the first steps.
    ///
    /// # Errors
    /// [`Failure`] of a host call, passed on.
    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        let _ = (host, problem);
        Ok(())
    }

    /// Advances from `step.t` to `step.s`.
    ///
    /// # Errors
    /// [`Failure`] of a host call, passed on.
    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure>;

    /// Called after the last step, and after a failed or cancelled one.
    ///
    /// # Errors
    /// [`Failure`] of a host call, passed on.
    fn end(&mut self, host: &Host) -> Result<(), Failure> {
        let _ = host;
        Ok(())
    }
}

/// Exports the one symbol of a plugin with the samplers named.
#[macro_export]
macro_rules! export {
    ($($sampler:ty),+ $(,)?) => {
        /// The entry of this plugin; see `ito_plugin.h`.
        ///
        /// # Safety
        /// Called by the host as the header says: both pointers are valid.
        #[allow(unsafe_code, reason = "the one exported symbol of a plugin")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn ito_plugin_v0(
            hello: *const $crate::abi::Hello,
            out: *mut *const $crate::abi::Library,
        ) -> $crate::abi::Status {
            static TABLE: ::std::sync::OnceLock<$crate::Exported> = ::std::sync::OnceLock::new();
            let table = TABLE.get_or_init(|| $crate::Exported::new(vec![$($crate::Exported::info::<$sampler>()),+]));
            // SAFETY: passes on the pointers under the conditions stated above.
            unsafe { $crate::entry(table, hello, out) }
        }
    };
}
