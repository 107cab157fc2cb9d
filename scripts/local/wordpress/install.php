<?php
/**
 * Installs the network of a tenant, without a person: `php install.php TENANT`. The application password of its
 * service user is read from the standard input. Done twice it is done once.
 *
 * @package BBWS\Local
 */

list( , $bbws_tenant_id, $bbws_username, $bbws_host ) = $argv;
$bbws_password = trim( (string) stream_get_contents( STDIN ) );

$_SERVER['HTTP_X_TENANT_ID'] = $bbws_tenant_id;
$_SERVER['HTTP_HOST']        = $bbws_host;
$_SERVER['REQUEST_URI']      = '/';
$_SERVER['SERVER_PROTOCOL']  = 'HTTP/1.1';

define( 'WP_INSTALLING', true );
define( 'BBWS_INSTALLING', true );
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/network.php';

// Nobody is written to while a test WordPress is made.
add_filter( 'pre_wp_mail', '__return_true' );

if ( ! $wpdb->get_var( "SHOW TABLES LIKE 'wp_blogs'" ) || ! $wpdb->get_var( 'SELECT 1 FROM wp_blogs' ) ) {
	wp_install( $bbws_tenant_id, $bbws_username, "$bbws_username@$bbws_host", true, '', wp_generate_password( 32 ) );
	foreach ( $wpdb->tables( 'ms_global' ) as $bbws_table => $bbws_name ) {
		$wpdb->$bbws_table = $bbws_name;
	}
	install_network();
	$bbws_done = populate_network( 1, $bbws_host, "$bbws_username@$bbws_host", $bbws_tenant_id, '/', true );
	if ( is_wp_error( $bbws_done ) && 'no_wildcard_dns' !== $bbws_done->get_error_code() ) {
		fwrite( STDERR, $bbws_done->get_error_message() . "\n" );
		exit( 1 );
	}
}

$bbws_user = get_user_by( 'login', $bbws_username );
$wpdb->update( 'wp_sitemeta', array( 'meta_value' => serialize( array( $bbws_username ) ) ), array( 'meta_key' => 'site_admins' ) );
$wpdb->replace( 'wp_sitemeta', array( 'site_id' => 1, 'meta_key' => 'using_application_passwords', 'meta_value' => '1' ) );
update_user_meta(
	$bbws_user->ID,
	'_application_passwords',
	array(
		array(
			'uuid'      => wp_generate_uuid4(),
			'app_id'    => '',
			'name'      => 'Site Management API',
			'password'  => wp_hash_password( $bbws_password ),
			'created'   => time(),
			'last_used' => null,
			'last_ip'   => null,
		),
	)
);
echo "$bbws_tenant_id\n";
