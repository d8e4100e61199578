//! Samplers that only the tests of ito use: a wrapper, a multistep method, and deliberate mistakes that the
//! host must find.

mod ab2;
mod batch_wide;
mod halves;
mod mistakes;

pub use ab2::Ab2;
pub use batch_wide::BatchWide;
pub use halves::Halves;
pub use mistakes::{Deaf, EvalClean, Freed, Miscount, NotFinite, Panics, Refuses};

ito_kit::export![Ab2, BatchWide, Halves, Deaf, EvalClean, Freed, Miscount, NotFinite, Panics, Refuses];

#[cfg(test)]
mod tests {
    use ito_kit::{Info, Sampler};

    #[test]
    fn the_descriptors_are_sound() {
        let all: [Info; 10] = [
            crate::Ab2::INFO,
            crate::BatchWide::INFO,
            crate::Halves::INFO,
            crate::Deaf::INFO,
            crate::EvalClean::INFO,
            crate::Freed::INFO,
            crate::Miscount::INFO,
            crate::NotFinite::INFO,
            crate::Panics::INFO,
            crate::Refuses::INFO,
        ];
        for info in all {
            assert_eq!(info.faults(), Vec::<String>::new(), "{:?}", info.id);
        }
    }
}
