// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's files: .npy holds one array, .npz several under names. What is read and written, and within which
// limits, is in docs/files.md.
//
// Common to all:
// shape    an array has 0 to 6 dimensions, and keeps its shape in a file
// threads  of two that save to one path, the later one's file stays, whole
// source   NumPy's NEP 1 (.npy, versions 1.0 to 3.0) and numpy.savez; PKWARE's APPNOTE (zip)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/element.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The element type of an array in a file.
enum class DType : std::uint8_t {
    kBool,
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kUint8,
    kUint16,
    kUint32,
    kUint64,
    kFloat32,
    kFloat64,
};

class Npz;

/// Returns NumPy's name: "float32", "uint8", "bool".
std::string_view name(DType dtype) noexcept;

/// An array as files hold it: an element type, a shape, the bytes. A matrix, a range of numbers or one number
/// becomes one where an array is expected; as<>() turns it back.
///
///     const NpyArray losses = std::vector<double>{2.3, 1.9};
///     losses.shape().size();                // 1
///     losses.as<std::vector<double>>()[1];  // 1.9
///     NpyArray::text("avx2").as<std::string>();  // "avx2"
///     NpyArray(Tensor<float>({2, 3, 4})).shape().size();  // 3
class NpyArray {
public:
    /// Makes an array without elements: float64 of shape (0,).
    NpyArray() = default;
    /// Makes an array of zeros.
    /// throws   ShapeError for more than 6 dimensions or a size that no memory holds
    NpyArray(DType dtype, std::vector<std::size_t> shape);
    /// Takes the elements' bytes in C order and the machine's byte order.
    /// throws   ShapeError unless the shape takes so many, and each bool is 0 or 1
    NpyArray(DType dtype, std::vector<std::size_t> shape, std::vector<std::uint8_t> bytes);
    // NOLINTBEGIN(google-explicit-constructor): an array is a parameter type
    /// Copies a matrix's elements.
    /// shape    (rows, cols), for one row too; reshaped() makes it (cols,)
    NpyArray(MatrixView<const float> values);
    NpyArray(MatrixView<const double> values);
    NpyArray(const Matrix<float>& values) : NpyArray(values.view()) {}
    NpyArray(const Matrix<double>& values) : NpyArray(values.view()) {}
    /// Copies a tensor's elements, or those that a view of one shows.
    /// shape    the tensor's
    template <detail::AnyTensor Source>
    NpyArray(const Source& values) : NpyArray(of_tensor(values)) {}
    /// Copies a std::vector, std::array or std::span of numbers, such as labels or losses.
    /// shape    (values.size(),)
    template <detail::ElementRange Range>
    NpyArray(const Range& values);
    /// Copies one number, without dimensions.
    template <detail::FileElement Number>
    NpyArray(Number value);
    /// Rejects long double and characters.
    template <detail::OtherNumber Number>
    NpyArray(Number) = delete;  // no such element type in files
    /// Rejects ranges of them, and ranges without elements in a row, such as std::vector<bool>.
    template <detail::OtherRange Range>
    NpyArray(const Range&) = delete;  // no such element type in files, or not side by side
    /// Rejects text: use text() where bytes are meant.
    template <detail::Text String>
    NpyArray(const String&) = delete;  // text is NpyArray::text(...)
    // NOLINTEND(google-explicit-constructor)
    /// Makes an array of text, its bytes as uint8, which NumPy loads without pickle: bytes(a).decode().
    static NpyArray text(std::string_view text);

    /// Returns the element type.
    DType dtype() const {
        check_read();
        return dtype_;
    }
    /// Returns the shape, one entry a dimension.
    const std::vector<std::size_t>& shape() const {
        check_read();
        return shape_;
    }
    /// Returns the number of elements; 1 without dimensions.
    std::size_t size() const;
    /// Returns the elements in C order (row by row) and the machine's byte order.
    /// shape    those of size() elements
    std::span<const std::uint8_t> bytes() const;
    /// Returns why load_npz could not read this member of its file; empty for every other array. All other
    /// functions then throw it as an IoError.
    const std::string& error() const noexcept { return error_; }

    /// Returns the same elements in another shape of as many.
    NpyArray reshaped(std::vector<std::size_t> shape) const&;
    NpyArray reshaped(std::vector<std::size_t> shape) &&;

    /// Converts the elements to something to compute with. Out is
    ///   Matrix<float>, Matrix<double>: (n,) becomes one row, no dimensions 1 x 1; more than 2: a Tensor
    ///   Tensor<float>, Tensor<double>: of the same shape
    ///   std::vector of numbers: 1 dimension
    ///   a number: 1 element, whatever the dimensions
    ///   std::string: the uint8 of text()
    /// Into integers go integers and bool; into bool only bool.
    /// error    into float and double every number is rounded to nearest
    /// throws   ShapeError also for an element that does not fit: a fraction or a value out of range is never
    ///          cut off, and no finite number becomes infinite
    template <class Out>
    Out as() const;

    /// Compares type, shape and bytes: a NaN equals itself here, and -0 does not equal +0.
    friend bool operator==(const NpyArray& a, const NpyArray& b) = default;

private:
    friend Npz load_npz(const std::string& path);

    NpyArray(DType dtype, std::vector<std::size_t> shape, const void* values);
    static NpyArray of_tensor(TensorView<const float> values);
    static NpyArray of_tensor(TensorView<const double> values);
    static NpyArray unreadable(std::string error);

    void check_read() const {
        if (!error_.empty()) {
            refuse();
        }
    }
    [[noreturn]] void refuse() const;
    std::pair<std::size_t, std::size_t> matrix_shape() const;
    void check_vector() const;
    void check_scalar() const;
    std::string as_text() const;
    void convert(DType to, void* out) const;

    DType dtype_ = DType::kFloat64;
    std::vector<std::size_t> shape_ = {0};
    std::vector<std::uint8_t> bytes_;
    std::string error_;
};

/// A member of an .npz file.
struct NpzMember {
    std::string name;  ///< as NumPy shows it, without the .npy it has in the zip directory
    NpyArray array;    ///< the array of that name, or array.error(): why it cannot be read

    /// Compares names and arrays.
    friend bool operator==(const NpzMember& a, const NpzMember& b) = default;
};

/// The members of an .npz file in the file's order. One that is no array, or none that can be read, is listed
/// as well, and rejected when its array is used: it spoils none of the others.
class Npz {
public:
    /// Makes an Npz without arrays.
    Npz() = default;
    /// Takes arrays, and the path that the messages of at() and as() begin with.
    Npz(std::string path, std::vector<NpzMember> members);

    /// Returns the path of the file.
    const std::string& path() const noexcept { return path_; }
    /// Returns all members with their names.
    std::span<const NpzMember> members() const noexcept;
    /// Points to the first member.
    auto begin() const noexcept { return members_.begin(); }
    /// Points past the last member.
    auto end() const noexcept { return members_.end(); }
    /// Returns the number of members.
    std::size_t size() const noexcept { return members_.size(); }

    /// Finds the member of that name, or nullptr.
    const NpyArray* find(std::string_view name) const noexcept;
    /// Returns the array of that name.
    /// throws   IoError with the names that there are, or why the array cannot be read
    const NpyArray& at(std::string_view name) const;
    /// Returns at(name).as<Out>().
    /// throws   IoError with path, name and what does not fit
    template <class Out>
    Out as(std::string_view name) const;

private:
    [[noreturn]] void fail(std::string_view name, const char* what) const;

    std::string path_;
    std::vector<NpzMember> members_;
};

/// How the arrays of an .npz file are stored.
struct NpzOptions {
    bool deflate = false;  ///< as np.savez_compressed does; needs zlib
};

/// Reads an .npy file of version 1.0 to 3.0, C or Fortran order, either byte order. Python objects (pickle)
/// are rejected. Memory follows what the file holds, whatever its header promises. A pipe is read to its end,
/// at most 1 GiB.
/// throws   IoError with path, offset, expected and found
NpyArray load_npy(const std::string& path);
/// The same from the bytes of such a file; messages begin with the name.
/// shape    bytes: the whole file
NpyArray load_npy(std::span<const std::uint8_t> bytes, const std::string& name);

/// Writes the bytes that np.save writes. The file appears whole or stays as it was: it is written under a
/// temporary name next to its place, synced and renamed. Devices and pipes are written directly.
/// throws   IoError when it cannot be written, as on a full disk; no temporary file stays
void save_npy(const std::string& path, const NpyArray& array);

/// Reads an .npz file, stored or deflated (this needs zlib), ZIP64 or not, and verifies its checksums. Memory
/// follows what the file holds. A member's name is a key; nothing is ever written to it as a path.
///
///     save_npz("arrays.npz", {{"x", 1}, {"y", 2.5}});
///     for (const NpzMember& member : load_npz("arrays.npz")) {
///         std::printf("%s %s\n", member.name.c_str(), member.array.error().c_str());
///     }
///
/// throws   IoError with path, offset, expected and found, for an archive whose directory is broken. What is
///          wrong with one member (Python objects, a README, encryption, damage) is thrown where it is used
Npz load_npz(const std::string& path);

/// Writes an .npz file, whole or not at all, like save_npy. Its bytes depend on nothing but the arrays (and
/// on zlib when deflated).
///
///     const Matrix<float> w{{1, 2}, {3, 4}};
///     save_npz("net.npz", {{"W1", w}, {"epochs", 17}});
///     const Npz net = load_npz("net.npz");
///     net.as<int>("epochs");             // 17
///     net.as<Matrix<float>>("W1") == w;  // true
///
/// throws   ShapeError for an empty, overlong or repeated name; IoError as save_npy
void save_npz(const std::string& path, std::span<const NpzMember> members, NpzOptions options = {});
/// The same for arrays listed in the call: save_npz("net.npz", {{"W1", w1}, {"b1", b1}}).
void save_npz(const std::string& path, const std::vector<NpzMember>& members, NpzOptions options = {});

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/npy.hpp"  // the templates' bodies
