/** The digest of the sources this page was built from; "dev" outside a build. */
declare const __BUILD_ID__: string;
