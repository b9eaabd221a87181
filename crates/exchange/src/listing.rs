//! Pages of longer lists: query parameters, filters and the page object of the contract.
//!
//! Which columns may be filtered and sorted by is fixed by each list; only their names, which are
//! constants of the program, become part of a statement. What the client sends is always bound.

use http::Uri;
use serde_json::{Value, json};
use store::{FromRow, ToValue as _, Tx};
use types::page::{Page, PageRequest};

use crate::access::Reach;
use crate::conditions::Conditions;
use crate::problem::Problem;

/// Columns in lists that may be empty. What is empty comes first, as it does in the reference, whatever
/// the database thinks. Others are not told so: an index would then no longer give their order.
const MAY_BE_EMPTY: [&str; 5] =
    ["receiver", "receiver_identifier", "external_system_reference", "description", "filter"];

const DEFAULT_SIZE: u64 = 10;
const LARGEST_SIZE: u64 = 2_000;

/// The query of a request: names and values, decoded, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let text = uri.query().unwrap_or_default();
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    pub(crate) fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Which page is asked for. What cannot be read means the default.
    pub(crate) fn page(&self) -> PageRequest {
        let number = |name| self.first(name).and_then(|text| text.parse::<u64>().ok());
        let size = number("size").filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE).min(LARGEST_SIZE);
        let largest = u64::try_from(i64::MAX).unwrap_or(u64::MAX) / LARGEST_SIZE;
        PageRequest::new(number("page").unwrap_or(0).min(largest), size)
    }
}

/// A property that a list can be sorted by, and its column.
pub(crate) type Sortable = (&'static str, &'static str);

/// A statement about some rows of one table, being put together.
#[derive(Debug)]
pub(crate) struct Listing {
    from: &'static str,
    conditions: Conditions,
    order: Vec<String>,
    /// Whether the client asked for an order, or the list has one of its own.
    sorted: bool,
}

impl Listing {
    /// Rows of `from`: a table, or tables joined.
    pub(crate) fn of(from: &'static str) -> Self {
        Self { from, conditions: Conditions::default(), order: Vec::new(), sorted: false }
    }

    /// Only rows where `column` compares so.
    #[must_use]
    pub(crate) fn where_is(
        mut self,
        column: &'static str,
        operator: &'static str,
        value: &dyn store::ToValue,
    ) -> Self {
        self.conditions = self.conditions.and(column, operator, value);
        self
    }

    /// Only rows whose `column` is one of the parameter's values, if the parameter is there.
    #[must_use]
    pub(crate) fn one_of(mut self, query: &Query, name: &str, column: &'static str) -> Self {
        let texts: Vec<&str> = query.all(name).collect();
        if !texts.is_empty() {
            let values: Vec<&dyn store::ToValue> = texts.iter().map(|text| text as _).collect();
            self.conditions = self.conditions.one_of(column, &values);
        }
        self
    }

    /// Only rows with a row of `related`, a table and how it is joined, whose `column` is one of the
    /// parameter's values, if the parameter is there.
    #[must_use]
    pub(crate) fn any_of(
        mut self,
        query: &Query,
        name: &str,
        related: &'static str,
        column: &'static str,
    ) -> Self {
        let texts: Vec<&str> = query.all(name).collect();
        if !texts.is_empty() {
            let values: Vec<&dyn store::ToValue> = texts.iter().map(|text| text as _).collect();
            self.conditions = self.conditions.any_of(related, column, &values);
        }
        self
    }

    /// Only rows whose `column`, one of our organizations, is within reach.
    #[must_use]
    pub(crate) fn within(mut self, reach: &Reach, column: &'static str) -> Self {
        self.conditions = self.conditions.within(reach, column);
        self
    }

    /// Sorts as the query asks, or by `default`; `tie` makes the order complete.
    pub(crate) fn sort(
        mut self,
        query: &Query,
        sortable: &[Sortable],
        default: Option<&'static str>,
        tie: &'static str,
    ) -> Result<Self, Problem> {
        for text in query.all("sort").filter(|text| !text.is_empty()) {
            self.order.extend(read_sort(text, sortable)?);
        }
        self.sorted = !self.order.is_empty() || default.is_some();
        if self.order.is_empty() {
            self.order.extend(default.map(str::to_owned));
        }
        self.order.push(tie.to_owned());
        Ok(self)
    }

    /// Whether the page reports an order.
    pub(crate) const fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// Reads the page.
    pub(crate) fn read<T: FromRow>(
        &self,
        tx: &mut Tx<'_>,
        columns: &'static str,
        request: PageRequest,
    ) -> store::Result<Page<T>> {
        let (from, filter, bound) = (self.from, self.conditions.to_where(), self.conditions.values());
        let total: i64 = tx.one(&format!("SELECT count(*) FROM {from}{filter}"), bound)?;
        let (order, next) = (self.order.join(", "), bound.len() + 1);
        let after = next + 1;
        let sql =
            format!("SELECT {columns} FROM {from}{filter} ORDER BY {order} LIMIT ${next} OFFSET ${after}");
        let (size, offset) = (request.size(), request.offset());
        let values: Vec<_> = bound.iter().cloned().chain([size.to_value(), offset.to_value()]).collect();
        let items = tx.all(&sql, &values)?;
        Ok(Page { request, items, total: u64::try_from(total).unwrap_or(0) })
    }
}

/// A direction, and where what is empty stands in it.
const ASCENDING: (&str, &str) = ("ASC", " NULLS FIRST");
const DESCENDING: (&str, &str) = ("DESC", " NULLS LAST");

/// `a,b,desc`: properties and perhaps a direction for all of them.
fn read_sort(text: &str, sortable: &[Sortable]) -> Result<Vec<String>, Problem> {
    let mut properties: Vec<&str> = text.split(',').map(str::trim).collect();
    let last = properties.last().map(|last| last.to_ascii_lowercase()).unwrap_or_default();
    let direction = match last.as_str() {
        "asc" | "desc" if properties.len() > 1 => {
            properties.pop();
            if last == "desc" { DESCENDING } else { ASCENDING }
        }
        _ => ASCENDING,
    };
    let column = |property: &&str| sortable.iter().find(|(known, _)| known == property);
    let known = |property: &str| {
        let (plain, empty) = direction;
        let order = |column: &str| {
            let empty = if MAY_BE_EMPTY.contains(&column) { empty } else { "" };
            format!("{column} {plain}{empty}")
        };
        column(&property).map(|(_, column)| order(column)).ok_or_else(|| {
            let class = "org.springframework.data.mapping.PropertyReferenceException";
            let text = format!("{property} is no property to sort by");
            Problem::of_class(http::StatusCode::BAD_REQUEST, class, text)
        })
    };
    properties.into_iter().map(known).collect()
}

/// The page object of the contract.
pub(crate) fn page_body(page: &Page<Value>, sorted: bool) -> Value {
    let sort = json!({ "sorted": sorted, "unsorted": !sorted, "empty": !sorted });
    let (number, size, total) = (page.request.number(), page.request.size(), page.total);
    let pages = page.pages();
    json!({
        "pageable": {
            "pageNumber": number, "pageSize": size, "sort": sort, "offset": page.request.offset(),
            "paged": true, "unpaged": false,
        },
        "last": number + 1 >= pages, "totalElements": total, "totalPages": pages, "size": size,
        "number": number, "sort": sort, "first": number == 0, "numberOfElements": page.items.len(),
        "empty": page.items.is_empty(), "content": page.items,
    })
}

/// A page of a list that is short enough to be in memory.
pub(crate) fn cut(all: Vec<Value>, request: PageRequest) -> Page<Value> {
    let total = all.len() as u64;
    let skip = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(request.size()).unwrap_or(usize::MAX);
    Page { request, items: all.into_iter().skip(skip).take(take).collect(), total }
}
