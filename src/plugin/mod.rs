//! Samplers from shared libraries: found, checked, loaded, described and driven through the C border.
//!
//! The only folder with `unsafe`. What a library says is copied and checked once, at load; afterwards the
//! rest of ito sees [`SamplerInfo`] and [`SamplerSpec`].
#![allow(unsafe_code, reason = "the host side of the C border")]

mod error;
mod find;
mod info;
mod instance;
mod library;
mod params;
mod registry;
mod table;
mod values;
mod words;

pub use error::{ParamError, PluginError};
pub use find::search_path;
pub use info::{Flags, Kind, ParamInfo, ParamKind, PluginFile, SamplerInfo};
pub use instance::{Instance, create};
pub use library::cache;
pub use params::{ParamValue, Plan, SamplerSpec, sampler_of};
pub use registry::Registry;
pub use table::ENERGY;
