//! The shell of a plugin in C: cargo builds `src/euler.c`, and this file exports its entry, because a `cdylib`
//! exports Rust symbols only. An author in C needs neither:
//! `cc -std=c99 -O2 -shared -fPIC -fvisibility=hidden -I plugins/abi/include euler.c -o libeuler.so`.
#![allow(unsafe_code, reason = "this crate hands on the entry of a C library")]

use ito_abi::{Hello, Library, Status};

unsafe extern "C" {
    fn ito_euler_c_entry(host: *const Hello, out: *mut *const Library) -> Status;
}

/// The entry of this plugin; see `ito_plugin.h`.
///
/// # Safety
/// Called by the host as the header says: both pointers are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ito_plugin_v0(host: *const Hello, out: *mut *const Library) -> Status {
    // SAFETY: passes on the pointers under the condition stated above.
    unsafe { ito_euler_c_entry(host, out) }
}
