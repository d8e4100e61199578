//! Named streams: a purpose has a name, and its random numbers are its own.

use super::NoiseError;
use sha2::{Digest, Sha256};

/// Number of a stream, one of the words of the generator's counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream(u32);

impl Stream {
    /// The stream of a name: the first four bytes of the SHA-256 of its UTF-8 text, read big-endian.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        Self(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The streams of `names`, after a check that no two names share one.
///
/// # Errors
/// [`NoiseError::Collision`] when two different names have the same number, or one name stands twice.
pub fn streams(names: &[&str]) -> Result<Vec<Stream>, NoiseError> {
    let all: Vec<Stream> = names.iter().map(|name| Stream::named(name)).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&i| all[i]);
    match order.windows(2).find(|pair| all[pair[0]] == all[pair[1]]) {
        Some(pair) => {
            Err(NoiseError::Collision { first: names[pair[0]].to_owned(), second: names[pair[1]].to_owned() })
        }
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_head_of_its_sha256() {
        // SHA-256("abc") = ba7816bf 8f01cfea ..., FIPS 180-2, appendix B.1
        assert_eq!(Stream::named("abc").get(), 0xba78_16bf);
    }

    #[test]
    fn collisions_are_refused_by_name() {
        assert_eq!(streams(&["init", "path"]), Ok(vec![Stream::named("init"), Stream::named("path")]));
        let error = streams(&["init", "path", "init"]).expect_err("a name that stands twice");
        assert_eq!(error, NoiseError::Collision { first: "init".into(), second: "init".into() });
    }
}
