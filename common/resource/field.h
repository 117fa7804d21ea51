// Where a value stands in a row: a field of a proto (FIELD_OF), a member of a struct (MEMBER_OF), or one within the
// other
// (`/`). Compile-time only: what uses a field is as fast as what is written by hand.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

namespace dangol::resource {

// `get(owner)` reads; `mutate(owner, set)` calls `set` with a reference to the place; `has(owner)` is false where the
// place is within something that is absent. `kHasPresence`: it is a message field, which can be absent.
template <typename Get, typename Has, typename Mutate, bool kHasPresenceValue, bool kIsNestedValue>
struct Field {
  static constexpr bool kHasPresence = kHasPresenceValue;
  // It stands within a message that can be absent.
  static constexpr bool kIsNested = kIsNestedValue;

  std::string_view name;
  Get get;
  Has has;
  Mutate mutate;
};

template <bool kHasPresence, bool kIsNested, typename Get, typename Has, typename Mutate>
constexpr auto MakeField(std::string_view name, Get get, Has has, Mutate mutate) {
  return Field<Get, Has, Mutate, kHasPresence, kIsNested>{name, get, has, mutate};
}

template <typename Message, typename Presence, typename Get, typename Has, typename Mutate>
constexpr auto MakeProtoField(std::string_view name, Presence, Get get, Has has, Mutate mutate) {
  constexpr bool kHasPresence = std::invoke_result_t<Presence, const Message&>::value;
  return MakeField<kHasPresence, false>(name, get, has, mutate);
}

// A field of the proto `Message`.
#define FIELD_OF(Message, field)                                            \
  ::dangol::resource::MakeProtoField<Message>(                              \
      #field,                                                               \
      [](const auto& owner) {                                               \
        return std::bool_constant < requires { owner.has_##field(); }       \
        > ();                                                               \
      },                                                                    \
      [](const Message& owner) -> decltype(auto) { return owner.field(); }, \
      []([[maybe_unused]] const auto& owner) {                              \
        if constexpr (requires { owner.has_##field(); }) {                  \
          return owner.has_##field();                                       \
        } else {                                                            \
          return true;                                                      \
        }                                                                   \
      },                                                                    \
      [](auto& owner, auto&& set) {                                         \
        if constexpr (requires { owner.mutable_##field(); }) {              \
          set(*owner.mutable_##field());                                    \
        } else {                                                            \
          auto value = owner.field();                                       \
          set(value);                                                       \
          owner.set_##field(value);                                         \
        }                                                                   \
      })

// A member of the struct `Struct`.
#define MEMBER_OF(Struct, member)                                                                                   \
  ::dangol::resource::MakeField<false, false>(                                                                      \
      #member, [](const Struct& owner) -> const auto& { return owner.member; }, [](const Struct&) { return true; }, \
      [](Struct& owner, auto&& set) { set(owner.member); })

template <typename G1, typename H1, typename M1, bool kP1, bool kN1, typename G2, typename H2, typename M2, bool kP2,
          bool kN2>
constexpr auto operator/(Field<G1, H1, M1, kP1, kN1> outer, Field<G2, H2, M2, kP2, kN2> inner) {
  constexpr bool kIsNested = kP1 || kN1;
  return MakeField<kP2, kIsNested>(
      inner.name, [=](const auto& owner) -> decltype(auto) { return inner.get(outer.get(owner)); },
      [=](const auto& owner) { return outer.has(owner) && inner.has(outer.get(owner)); },
      [=](auto& owner, auto&& set) { outer.mutate(owner, [&](auto& place) { inner.mutate(place, set); }); });
}

}  // namespace dangol::resource
