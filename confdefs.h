/* confdefs.h */
#define PACKAGE_NAME "opensspi"
#define PACKAGE_TARNAME "opensspi"
#define PACKAGE_VERSION "0.1.0"
#define PACKAGE_STRING "opensspi 0.1.0"
#define PACKAGE_BUGREPORT ""
#define PACKAGE_URL ""
