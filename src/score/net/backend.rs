//! The devices a network can run on: the only place that names a tensor backend.

use super::NetError;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A device by name: `cpu`, `libtorch` (its CPU) or `cuda:N` (libtorch's CUDA).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceKind {
    /// Pure Rust, always there.
    #[default]
    Cpu,
    /// The CPU through libtorch; needs the cargo feature `libtorch`.
    Libtorch,
    /// A CUDA device through libtorch; needs the cargo feature `libtorch`.
    Cuda(u32),
}

impl DeviceKind {
    /// The device for inference. Tensors made on it build no autodiff graph; training calls
    /// `autodiff()` on it.
    ///
    /// # Errors
    /// [`NetError::NoDevice`] where the program was built without libtorch or there is no such CUDA device.
    pub fn open(self) -> Result<Device, NetError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            Self::Libtorch | Self::Cuda(_) => self.open_libtorch(),
        }
    }

    #[cfg(not(feature = "libtorch"))]
    fn open_libtorch(self) -> Result<Device, NetError> {
        Err(NetError::NoDevice {
            device: self,
            reason: "this program was built without the cargo feature `libtorch`".into(),
        })
    }

    /// How many CUDA devices libtorch finds, and whether it has cuDNN.
    #[cfg(feature = "libtorch")]
    #[must_use]
    pub fn cuda_devices() -> (i64, bool) {
        let count = if tch::Cuda::is_available() { tch::Cuda::device_count() } else { 0 };
        (count, tch::Cuda::cudnn_is_available())
    }

    #[cfg(feature = "libtorch")]
    #[allow(deprecated, reason = "the last burn line with LibTorch is pinned on purpose")]
    fn open_libtorch(self) -> Result<Device, NetError> {
        let Self::Cuda(index) = self else { return Ok(Device::libtorch()) };
        let (found, _) = Self::cuda_devices();
        if i64::from(index) < found {
            return Ok(Device::libtorch_cuda(index));
        }
        Err(NetError::NoDevice { device: self, reason: format!("libtorch finds {found} CUDA devices here") })
    }

    /// Whether tensors lie in host memory in plain row-major order, so that reading one is at most a copy.
    pub(super) fn is_host_memory(self) -> bool {
        self == Self::Cpu
    }

    /// Rows that one task of a batch takes. It depends on the device alone, never on the number of threads,
    /// so that sums over a batch have one order. `None`: the backend splits the work itself.
    pub(super) fn rows_per_task(self) -> Option<usize> {
        self.is_host_memory().then_some(128)
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Libtorch => f.write_str("libtorch"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl FromStr for DeviceKind {
    type Err = NetError;

    fn from_str(name: &str) -> Result<Self, NetError> {
        let cuda = |index: &str| index.parse().ok().filter(|_| index.bytes().all(|b| b.is_ascii_digit()));
        match name {
            "cpu" => Ok(Self::Cpu),
            "libtorch" => Ok(Self::Libtorch),
            _ => name
                .strip_prefix("cuda:")
                .and_then(cuda)
                .map(Self::Cuda)
                .ok_or_else(|| NetError::UnknownDevice { found: name.into() }),
        }
    }
}

impl TryFrom<String> for DeviceKind {
    type Error = NetError;

    fn try_from(name: String) -> Result<Self, NetError> {
        name.parse()
    }
}

impl From<DeviceKind> for String {
    fn from(kind: DeviceKind) -> Self {
        kind.to_string()
    }
}

impl schemars::JsonSchema for DeviceKind {
    fn schema_name() -> Cow<'static, str> {
        "DeviceKind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(cpu|libtorch|cuda:[0-9]+)$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for name in ["cpu", "libtorch", "cuda:0", "cuda:7"] {
            assert_eq!(name.parse::<DeviceKind>().expect(name).to_string(), name);
        }
        for name in ["gpu", "cuda", "cuda:", "cuda:-1", "cuda:+1", "cuda:x", "CPU"] {
            assert!(matches!(name.parse::<DeviceKind>(), Err(NetError::UnknownDevice { .. })), "{name}");
        }
    }

    #[test]
    #[cfg(not(feature = "libtorch"))]
    fn a_missing_feature_is_named() {
        let error = DeviceKind::Cuda(1).open().expect_err("built without libtorch");
        assert_eq!(
            error.to_string(),
            "device `cuda:1` cannot be used: this program was built without the cargo feature `libtorch`"
        );
    }
}
