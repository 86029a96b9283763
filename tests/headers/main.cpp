// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Links the translation units of the single headers: none of them defines anything twice.
int main() {
    return 0;
}
