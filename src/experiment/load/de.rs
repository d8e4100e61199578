//! serde on the [`Tree`]: the error of every type, where it belongs.

use super::super::error::{Fault, Problem};
use super::tree::{Content, Key, Mark, Node, Step, Tree, nonfinite};
use super::words::{Error, owned, type_words};
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

/// The node at `path` as a type.
pub(super) fn typed<T: de::DeserializeOwned>(tree: &Tree, node: &Node, path: &[Step]) -> Result<T, Problem> {
    T::deserialize(node).map_err(|error| {
        let (fault, mark, below) = error.parts();
        let path: Vec<Step> = path.iter().cloned().chain(below).collect();
        tree.problem_at(mark.unwrap_or(node.mark), &path, fault)
    })
}

/// Where a float is a whole number, it may stand for one: `samples: 1e4`.
fn whole(content: &Content) -> Option<i64> {
    match content {
        Content::Real(r) if r.fract() == 0.0 && r.abs() < 9e15 => Some(*r as i64),
        _ => None,
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match whole(&self.content) {
                Some(n) => n.into_deserializer().$method(visitor).map_err(|e: Error| e.at(self.mark)),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

macro_rules! real_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.content {
                Content::Real(r) => visitor.visit_f64(r).map_err(|e: Error| e.at(self.mark)),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.content {
            Content::Null => visitor.visit_unit(),
            Content::Bool(b) => visitor.visit_bool(*b),
            Content::Unsigned(n) => visitor.visit_u64(*n),
            Content::Signed(n) => visitor.visit_i64(*n),
            Content::Real(r) if r.is_finite() => visitor.visit_f64(*r),
            // Whoever takes anything takes JSON, which has no such number.
            Content::Real(r) => visitor.visit_str(nonfinite(*r)),
            Content::Text(text) => visitor.visit_str(text),
            Content::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Content::Map(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
        .map_err(|e| e.at(self.mark))
    }

    whole_numbers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }
    real_numbers! { deserialize_f32 deserialize_f64 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.content {
            Content::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self).map_err(|e| e.at(self.mark))
    }

    /// `key:` with nothing behind it is a map without keys.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.content {
            Content::Null => visitor.visit_map(Entries { entries: &[], next: 0 }).map_err(|e: Error| e.at(self.mark)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.content {
            // serde would take a list as the fields in order.
            Content::List(_) => Err(de::Error::invalid_type(Unexpected::Seq, &"a map")),
            _ => self.deserialize_map(visitor),
        }
        .map_err(|e: Error| e.at(self.mark))
    }

    /// A choice: a bare name, or a map of one key.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let empty = Node { mark: self.mark, content: Content::Map(Vec::new()) };
        let choice = match &self.content {
            Content::Text(text) => Choice { name: text, mark: self.mark, node: &empty },
            Content::Map(entries) => match entries.as_slice() {
                [(key, node)] => Choice { name: &key.text, mark: key.mark, node },
                _ => {
                    let found: Vec<String> = entries.iter().map(|(k, _)| format!("`{}`", k.text)).collect();
                    let found = if found.is_empty() { "none".into() } else { found.join(", ") };
                    let text = format!("found {found}, expected exactly one of {}", variants.join(", "));
                    return Err(Error::new(Fault::Invalid(text)).at(self.mark));
                }
            },
            other => {
                let found = match other {
                    Content::Bool(b) => Unexpected::Bool(*b),
                    Content::Unsigned(n) => Unexpected::Unsigned(*n),
                    Content::Signed(n) => Unexpected::Signed(*n),
                    Content::Real(r) => Unexpected::Float(*r),
                    Content::List(_) => Unexpected::Seq,
                    _ => Unexpected::Unit,
                };
                let expected = format!("one of {}", variants.join(", "));
                return Err(<Error as de::Error>::invalid_type(found, &expected.as_str()).at(self.mark));
            }
        };
        if !variants.contains(&choice.name) {
            let fault =
                Fault::UnknownName { what: type_words(name), found: choice.name.into(), allowed: owned(variants) };
            return Err(Error::new(fault).at(choice.mark));
        }
        visitor.visit_enum(choice).map_err(|e| e.at(self.mark))
    }

    forward_to_deserialize_any! {
        bool i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(node).map(Some).map_err(|e| e.at(node.mark).below(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'a> {
    entries: &'a [(Key, Node)],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, _)) = self.entries.get(self.next) else { return Ok(None) };
        seed.deserialize(key).map(Some).map_err(|e| e.at(key.mark).below(key.text.as_str()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, node) =
            self.entries.get(self.next).ok_or_else(|| <Error as de::Error>::custom("a value without a key"))?;
        self.next += 1;
        seed.deserialize(node).map_err(|e| e.at(node.mark).below(key.text.as_str()))
    }
}

impl<'de> Deserializer<'de> for &Key {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.text)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text.parse() {
            Ok(n) => visitor.visit_u64(n),
            Err(_) => visitor.visit_str(&self.text),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Choice<'a> {
    name: &'a str,
    mark: Mark,
    node: &'a Node,
}

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        let value = seed.deserialize(name).map_err(|e| e.at(self.mark).below(self.name))?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match &self.node.content {
            Content::Null => Ok(()),
            Content::Map(entries) => match entries.first() {
                None => Ok(()),
                Some((key, _)) => Err(Error::new(Fault::UnknownKey { found: key.text.clone(), allowed: Vec::new() })
                    .at(key.mark)
                    .below(key.text.as_str())
                    .below(self.name)),
            },
            _ => Err(Error::new(Fault::Invalid(format!("`{}` takes no value", self.name)))
                .at(self.node.mark)
                .below(self.name)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.node).map_err(|e| e.at(self.node.mark).below(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.node.deserialize_any(visitor).map_err(|e| e.below(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.node.deserialize_struct("", fields, visitor).map_err(|e| e.below(self.name))
    }
}
