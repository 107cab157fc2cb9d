<?php
/**
 * What the web server before WordPress does: files as they are, everything else to index.php.
 *
 * @package BBWS\Local
 */

$bbws_path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$bbws_root = __DIR__;

if ( str_contains( $bbws_path, '/../' ) ) {
	http_response_code( 400 );
	return true;
}
if ( str_starts_with( $bbws_path, '/wp-content/' ) ) {
	require __DIR__ . '/bbws-tenants.php';
	$bbws_tenant = bbws_tenant_of_request();
	$bbws_file   = $bbws_tenant ? $bbws_tenant['content'] . substr( $bbws_path, strlen( '/wp-content' ) ) : '';
	if ( ! is_file( $bbws_file ) || str_ends_with( $bbws_file, '.php' ) || str_starts_with( $bbws_path, '/wp-content/bbws-work/' ) ) {
		http_response_code( 404 );
		return true;
	}
	$bbws_types = array( 'css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml', 'woff2' => 'font/woff2' );
	$bbws_kind  = pathinfo( $bbws_file, PATHINFO_EXTENSION );
	header( 'Content-Type: ' . ( $bbws_types[ $bbws_kind ] ?? mime_content_type( $bbws_file ) ) );
	readfile( $bbws_file );
	return true;
}
if ( '/' !== $bbws_path && is_file( $bbws_root . $bbws_path ) && ! str_ends_with( $bbws_path, '.php' ) ) {
	return false;
}
if ( str_ends_with( $bbws_path, '/' ) && is_file( "$bbws_root{$bbws_path}index.php" ) && '/' !== $bbws_path ) {
	$bbws_path .= 'index.php';
}
$bbws_script = str_ends_with( $bbws_path, '.php' ) && is_file( $bbws_root . $bbws_path ) ? $bbws_path : '/index.php';

$_SERVER['SCRIPT_NAME']     = $bbws_script;
$_SERVER['PHP_SELF']        = $bbws_script;
$_SERVER['SCRIPT_FILENAME'] = $bbws_root . $bbws_script;
chdir( dirname( $bbws_root . $bbws_script ) );
require $bbws_root . $bbws_script;
return true;
