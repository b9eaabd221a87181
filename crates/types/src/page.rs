//! A page of a longer list.

/// Which page is asked for: zero-based number and size, both already within limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    number: u64,
    size: u64,
}

impl PageRequest {
    /// A request for page `number` (from zero) of `size` items; a size of zero becomes one.
    pub const fn new(number: u64, size: u64) -> Self {
        Self { number, size: if size == 0 { 1 } else { size } }
    }

    /// The page's number, from zero.
    pub const fn number(self) -> u64 {
        self.number
    }

    /// The most items the page may hold.
    pub const fn size(self) -> u64 {
        self.size
    }

    /// How many items come before the page.
    pub const fn offset(self) -> u64 {
        self.number.saturating_mul(self.size)
    }
}

/// Some items of a longer list, and how long that list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What was asked for.
    pub request: PageRequest,
    /// The items on this page.
    pub items: Vec<T>,
    /// How many items all pages hold together.
    pub total: u64,
}

impl<T> Page<T> {
    /// The same page with each item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(turn).collect();
        Page { request: self.request, items, total: self.total }
    }

    /// How many pages there are; none for an empty list.
    pub const fn pages(&self) -> u64 {
        self.total.div_ceil(self.request.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_up_and_a_size_of_zero_is_one() {
        let page = Page { request: PageRequest::new(2, 10), items: vec![1], total: 21 };
        assert_eq!((page.pages(), page.request.offset()), (3, 20));
        assert_eq!(PageRequest::new(0, 0).size(), 1);
    }
}
