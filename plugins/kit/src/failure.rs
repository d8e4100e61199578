//! Why a call failed.

use ito_abi as abi;

/// Why a call failed. The sentence is with the host already, or goes there when the step returns.
#[derive(Debug)]
pub struct Failure {
    pub(crate) status: abi::Status,
    pub(crate) text: Option<String>,
}

impl Failure {
    /// This process, grid or host cannot be served; `text` says why.
    #[must_use]
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self { status: abi::E_UNSUPPORTED, text: Some(text.into()) }
    }

    /// An argument is outside its domain; `text` says which.
    #[must_use]
    pub fn invalid(text: impl Into<String>) -> Self {
        Self { status: abi::E_INVALID, text: Some(text.into()) }
    }

    pub(crate) fn of(status: abi::Status) -> Result<(), Self> {
        if status == abi::OK { Ok(()) } else { Err(Self { status, text: None }) }
    }
}
