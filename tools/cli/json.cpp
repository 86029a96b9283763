// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "json.hpp"

#include <nlohmann/json.hpp>

namespace thalweg::cli {

struct Json::Value {
    nlohmann::ordered_json json;
};

Json::Json(std::nullptr_t) : value_(new Value{nullptr}) {}
Json::Json(bool value) : value_(new Value{value}) {}
Json::Json(double value) : value_(new Value{value}) {}
Json::Json(std::string_view text) : value_(new Value{std::string(text)}) {}
Json::Json(Unsigned number) : value_(new Value{number.value}) {}
Json::Json(Signed number) : value_(new Value{number.value}) {}

Json::Json(std::initializer_list<Member> members) : value_(new Value{nlohmann::ordered_json::object()}) {
    for (const Member& member : members) {
        value_->json[member.name] = member.value.value_->json;
    }
}

Json Json::array() {
    Json result(nullptr);
    result.value_->json = nlohmann::ordered_json::array();
    return result;
}

Json::Json(const Json& other) : value_(new Value(*other.value_)) {}
Json::~Json() = default;

void Json::push_back(const Json& value) {
    value_->json.push_back(value.value_->json);
}

std::string Json::text() const {
    return value_->json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string Json::indented() const {
    return value_->json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace thalweg::cli
