/* poison: memory that is ours and not in use, for AddressSanitizer: whoever touches it is seen, as after
 * free. Does nothing in other builds; POISON is defined where it does something. */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON 1
#endif
#endif
#ifdef POISON
#include <sanitizer/asan_interface.h>
#define poison(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define unpoison(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define poison(address, size) ((void)(address), (void)(size))
#define unpoison(address, size) ((void)(address), (void)(size))
#endif

#endif
